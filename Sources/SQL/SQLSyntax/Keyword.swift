/// The key words of PostgreSQL 15, with the category that decides where each may stand as a name.
///
/// The list was taken from `pg_get_keywords()` of a running server; order is alphabetical, so the raw values are stable.
/// `KeywordTable` finds a word of any letter case in one probe of a small open-addressing hash table.
public enum Keyword: UInt16, CaseIterable, Sendable {
    case identifier, abort, absolute, access, action, add, admin, after, aggregate, all, also, alter, always
    case analyse, analyze, and, `any`, array, `as`, asc, asensitive, assertion, assignment, asymmetric, at, atomic
    case attach, attribute, authorization, backward, before, begin, between, bigint, binary, bit, boolean, both
    case breadth, by, cache, call, called, cascade, cascaded, `case`, cast, catalog, chain, char, character
    case characteristics, check, checkpoint, `class`, close, cluster, coalesce, collate, collation, column, columns
    case comment, comments, commit, committed, compression, concurrently, configuration, conflict, connection
    case constraint, constraints, content, `continue`, conversion, copy, cost, create, cross, csv, cube, current
    case currentCatalog, currentDate, currentRole, currentSchema, currentTime, currentTimestamp, currentUser, cursor
    case cycle, data, database, day, deallocate, dec, decimal, declare, `default`, defaults, deferrable, deferred
    case definer, delete, delimiter, delimiters, depends, depth, desc, detach, dictionary, disable, discard
    case distinct, `do`, document, domain, double, drop, each, `else`, enable, encoding, encrypted, end, `enum`
    case escape, event, except, exclude, excluding, exclusive, execute, exists, explain, expression, `extension`
    case external, extract, `false`, family, fetch, filter, finalize, first, float, following, `for`, force, foreign
    case forward, freeze, from, full, function, functions, generated, global, grant, granted, greatest, group
    case grouping, groups, handler, having, header, hold, hour, identity, `if`, ilike, immediate, immutable
    case implicit, `import`, `in`, include, including, increment, index, indexes, inherit, inherits, initially
    case inline, inner, `inout`, input, insensitive, insert, instead, int, integer, intersect, interval, into
    case invoker, `is`, isnull, isolation, join, key, label, language, large, last, lateral, leading, leakproof
    case least, left, level, like, limit, listen, load, local, localtime, localtimestamp, location, lock, locked
    case logged, mapping, match, matched, materialized, maxvalue, merge, method, minute, minvalue, mode, month, move
    case name, names, national, natural, nchar, new, next, nfc, nfd, nfkc, nfkd, no, none, normalize, normalized
    case not, nothing, notify, notnull, nowait, null, nullif, nulls, numeric, object, of, off, offset, oids, old, on
    case only, `operator`, option, options, or, order, ordinality, others, out, outer, over, overlaps, overlay
    case overriding, owned, owner, parallel, parameter, parser, partial, partition, passing, password, placing
    case plans, policy, position, preceding, precision, prepare, prepared, preserve, primary, prior, privileges
    case procedural, procedure, procedures, program, publication, quote, range, read, real, reassign, recheck
    case recursive, ref, references, referencing, refresh, reindex, relative, release, rename, repeatable, replace
    case replica, reset, restart, restrict, `return`, returning, returns, revoke, right, role, rollback, rollup
    case routine, routines, row, rows, rule, savepoint, schema, schemas, scroll, search, second, security, select
    case sequence, sequences, serializable, server, session, sessionUser, set, setof, sets, share, show, similar
    case simple, skip, smallint, snapshot, some, sql, stable, standalone, start, statement, statistics, stdin
    case stdout, storage, stored, strict, strip, subscription, substring, support, symmetric, sysid, system, table
    case tables, tablesample, tablespace, temp, template, temporary, text, `then`, ties, time, timestamp, to
    case trailing, transaction, transform, treat, trigger, trim, `true`, truncate, trusted, type, types, uescape
    case unbounded, uncommitted, unencrypted, union, unique, unknown, unlisten, unlogged, until, update, user, using
    case vacuum, valid, validate, validator, value, values, varchar, variadic, varying, verbose, version, view
    case views, volatile, `when`, `where`, whitespace, window, with, within, without, work, wrapper, write, xml
    case xmlattributes, xmlconcat, xmlelement, xmlexists, xmlforest, xmlnamespaces, xmlparse, xmlpi, xmlroot
    case xmlserialize, xmltable, year, yes, zone
}

/// Where a key word may be used as a plain name (PostgreSQL's four categories).
public enum KeywordCategory: UInt8, Sendable {
    /// May name anything.
    case unreserved
    /// May name a column or table, but not a function or type.
    case columnName
    /// May name a function or type, but not a column or table.
    case typeOrFunctionName
    /// May only follow AS (or be a bare label where `isBareLabel` says so).
    case reserved
}

extension Keyword {
    /// `word:XY`, X the category (u c t r), Y whether it may be a label without AS (b) or needs AS (a).
    static let definitions: StaticString = """
        abort:ub absolute:ub access:ub action:ub add:ub admin:ub after:ub aggregate:ub all:rb also:ub alter:ub \
        always:ub analyse:rb analyze:rb and:rb any:rb array:ra as:ra asc:rb asensitive:ub assertion:ub \
        assignment:ub asymmetric:rb at:ub atomic:ub attach:ub attribute:ub authorization:tb backward:ub before:ub \
        begin:ub between:cb bigint:cb binary:tb bit:cb boolean:cb both:rb breadth:ub by:ub cache:ub call:ub \
        called:ub cascade:ub cascaded:ub case:rb cast:rb catalog:ub chain:ub char:ca character:ca \
        characteristics:ub check:rb checkpoint:ub class:ub close:ub cluster:ub coalesce:cb collate:rb collation:tb \
        column:rb columns:ub comment:ub comments:ub commit:ub committed:ub compression:ub concurrently:tb \
        configuration:ub conflict:ub connection:ub constraint:rb constraints:ub content:ub continue:ub \
        conversion:ub copy:ub cost:ub create:ra cross:tb csv:ub cube:ub current:ub current_catalog:rb \
        current_date:rb current_role:rb current_schema:tb current_time:rb current_timestamp:rb current_user:rb \
        cursor:ub cycle:ub data:ub database:ub day:ua deallocate:ub dec:cb decimal:cb declare:ub default:rb \
        defaults:ub deferrable:rb deferred:ub definer:ub delete:ub delimiter:ub delimiters:ub depends:ub depth:ub \
        desc:rb detach:ub dictionary:ub disable:ub discard:ub distinct:rb do:rb document:ub domain:ub double:ub \
        drop:ub each:ub else:rb enable:ub encoding:ub encrypted:ub end:rb enum:ub escape:ub event:ub except:ra \
        exclude:ub excluding:ub exclusive:ub execute:ub exists:cb explain:ub expression:ub extension:ub \
        external:ub extract:cb false:rb family:ub fetch:ra filter:ua finalize:ub first:ub float:cb following:ub \
        for:ra force:ub foreign:rb forward:ub freeze:tb from:ra full:tb function:ub functions:ub generated:ub \
        global:ub grant:ra granted:ub greatest:cb group:ra grouping:cb groups:ub handler:ub having:ra header:ub \
        hold:ub hour:ua identity:ub if:ub ilike:tb immediate:ub immutable:ub implicit:ub import:ub in:rb \
        include:ub including:ub increment:ub index:ub indexes:ub inherit:ub inherits:ub initially:rb inline:ub \
        inner:tb inout:cb input:ub insensitive:ub insert:ub instead:ub int:cb integer:cb intersect:ra interval:cb \
        into:ra invoker:ub is:tb isnull:ta isolation:ub join:tb key:ub label:ub language:ub large:ub last:ub \
        lateral:rb leading:rb leakproof:ub least:cb left:tb level:ub like:tb limit:ra listen:ub load:ub local:ub \
        localtime:rb localtimestamp:rb location:ub lock:ub locked:ub logged:ub mapping:ub match:ub matched:ub \
        materialized:ub maxvalue:ub merge:ub method:ub minute:ua minvalue:ub mode:ub month:ua move:ub name:ub \
        names:ub national:cb natural:tb nchar:cb new:ub next:ub nfc:ub nfd:ub nfkc:ub nfkd:ub no:ub none:cb \
        normalize:cb normalized:ub not:rb nothing:ub notify:ub notnull:ta nowait:ub null:rb nullif:cb nulls:ub \
        numeric:cb object:ub of:ub off:ub offset:ra oids:ub old:ub on:ra only:rb operator:ub option:ub options:ub \
        or:rb order:ra ordinality:ub others:ub out:cb outer:tb over:ua overlaps:ta overlay:cb overriding:ub \
        owned:ub owner:ub parallel:ub parameter:ub parser:ub partial:ub partition:ub passing:ub password:ub \
        placing:rb plans:ub policy:ub position:cb preceding:ub precision:ca prepare:ub prepared:ub preserve:ub \
        primary:rb prior:ub privileges:ub procedural:ub procedure:ub procedures:ub program:ub publication:ub \
        quote:ub range:ub read:ub real:cb reassign:ub recheck:ub recursive:ub ref:ub references:rb referencing:ub \
        refresh:ub reindex:ub relative:ub release:ub rename:ub repeatable:ub replace:ub replica:ub reset:ub \
        restart:ub restrict:ub return:ub returning:ra returns:ub revoke:ub right:tb role:ub rollback:ub rollup:ub \
        routine:ub routines:ub row:cb rows:ub rule:ub savepoint:ub schema:ub schemas:ub scroll:ub search:ub \
        second:ua security:ub select:rb sequence:ub sequences:ub serializable:ub server:ub session:ub \
        session_user:rb set:ub setof:cb sets:ub share:ub show:ub similar:tb simple:ub skip:ub smallint:cb \
        snapshot:ub some:rb sql:ub stable:ub standalone:ub start:ub statement:ub statistics:ub stdin:ub stdout:ub \
        storage:ub stored:ub strict:ub strip:ub subscription:ub substring:cb support:ub symmetric:rb sysid:ub \
        system:ub table:rb tables:ub tablesample:tb tablespace:ub temp:ub template:ub temporary:ub text:ub then:rb \
        ties:ub time:cb timestamp:cb to:ra trailing:rb transaction:ub transform:ub treat:cb trigger:ub trim:cb \
        true:rb truncate:ub trusted:ub type:ub types:ub uescape:ub unbounded:ub uncommitted:ub unencrypted:ub \
        union:ra unique:rb unknown:ub unlisten:ub unlogged:ub until:ub update:ub user:rb using:rb vacuum:ub \
        valid:ub validate:ub validator:ub value:ub values:cb varchar:cb variadic:rb varying:ua verbose:tb \
        version:ub view:ub views:ub volatile:ub when:rb where:ra whitespace:ub window:ra with:ra within:ua \
        without:ua work:ub wrapper:ub write:ub xml:ub xmlattributes:cb xmlconcat:cb xmlelement:cb xmlexists:cb \
        xmlforest:cb xmlnamespaces:cb xmlparse:cb xmlpi:cb xmlroot:cb xmlserialize:cb xmltable:cb year:ua yes:ub \
        zone:ub
        """
}
