// Lets `node --test Tests/StorefrontTests/` run the specs too: node cannot read JSX, so ./run bundles them first.

const { execFileSync } = require("node:child_process");
const { join } = require("node:path");
const test = require("node:test");

test("the storefront's specs", () => {
  // Inside a test run, node would report to this run instead of failing by itself.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  try {
    execFileSync(join(__dirname, "run"), { env, encoding: "utf8", timeout: 180_000 });
  } catch (error) {
    throw new Error(`${error.stdout ?? ""}${error.stderr ?? ""}${error.message}`);
  }
});
