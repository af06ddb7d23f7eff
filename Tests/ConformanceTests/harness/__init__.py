"""What the conformance tests share: servers, wire clients, script readers. The tests themselves are one folder up."""
