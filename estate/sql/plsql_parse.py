# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PL/SQL blocks: lexer, and a parser into plain nodes. Expressions stay token lists; SQL evaluates them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from estate.sql.plsql_lex import Block, Expr, Node, Reader

ENDS = frozenset(("END", "ELSE", "ELSIF", "EXCEPTION", "WHEN"))
SQL_VERBS = frozenset(
    ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "COMMIT", "ROLLBACK", "SAVEPOINT", "LOCK", "SET")
)


UNIT_CLAUSES = ("AUTHID", "DETERMINISTIC", "PARALLEL_ENABLE", "RESULT_CACHE")


class Parser(Reader):
    """Recursive descent over the tokens of one block."""

    def outer_block(self) -> Block:
        """The whole text: a block, or CALL name(args)."""
        if self.take("CALL"):
            node = self.call(len(self.tokens))
            return Block(body=[node])
        while self.take("<<"):
            self.name()
            self.need(">>")
        block = self.block()
        self.take(";")
        self.take("/")
        if self.at < len(self.tokens):
            raise self.error("end of block")
        return block

    def block(self) -> Block:
        """[DECLARE ...] BEGIN ... [EXCEPTION ...] END [name]."""
        block = Block()
        if self.take("DECLARE"):
            block.declarations = self.declarations()
        self.need("BEGIN")
        return self.rest_of_block(block)

    def rest_of_block(self, block: Block) -> Block:
        """After BEGIN."""
        block.body = self.statements()
        if self.take("EXCEPTION"):
            while self.take("WHEN"):
                names = [self.name()]
                while self.take("OR"):
                    names.append(self.name())
                self.need("THEN")
                block.handlers.append((names, self.statements()))
        self.need("END")
        if self.word not in (";", "", "/"):
            self.name()
        return block

    def declarations(self) -> list[Node]:
        """Up to BEGIN."""
        out = []
        while self.word not in ("BEGIN", ""):
            out.append(self.declaration())
        return out

    def declaration(self) -> Node:
        """A variable, cursor, exception, type, pragma or local subprogram."""
        line = self.line()
        if self.word in ("PROCEDURE", "FUNCTION"):
            return self.subprogram()
        if self.take("PRAGMA"):
            words = self.until(";")
            self.need(";")
            return Node("pragma", line, {"words": [token.text for token in words]})
        if self.word == "CURSOR":
            return self.cursor()
        if self.word in ("TYPE", "SUBTYPE"):
            return self.type_declaration()
        name = self.name()
        if self.take("EXCEPTION"):
            self.need(";")
            return Node("exception", line, {"name": name})
        self.take("CONSTANT")
        kind = self.until(";", ":=", "DEFAULT", "NOT")
        self.take("NOT", "NULL")
        value = None
        if self.take(":=") or self.take("DEFAULT"):
            value = self.until(";")
        self.need(";")
        return Node("variable", line, {"name": name, "type": self.type_text(kind), "value": value})

    def type_text(self, tokens: Expr) -> str:
        """A type as written."""
        return self.text[tokens[0].start:tokens[-1].end] if tokens else ""

    def parameters(self) -> list[dict[str, Any]]:
        """(name [IN|OUT|IN OUT] type [:= default], ...)."""
        out: list[dict[str, Any]] = []
        if not self.take("("):
            return out
        while not self.take(")"):
            name = self.name()
            mode = "IN" if self.take("IN") else ""
            mode += " OUT" if self.take("OUT") else ""
            self.take("NOCOPY")
            kind = self.until(",", ")", ":=", "DEFAULT")
            default = self.until(",", ")") if self.take(":=") or self.take("DEFAULT") else None
            out.append({"name": name, "mode": mode.strip() or "IN", "type": self.type_text(kind), "default": default})
            self.take(",")
        return out

    def subprogram(self) -> Node:
        """A local procedure or function."""
        line, kind = self.line(), self.name()
        name = self.name()
        parameters = self.parameters()
        result = self.type_text(self.until("IS", "AS", ";", *UNIT_CLAUSES)) if self.take("RETURN") else None
        while self.word in UNIT_CLAUSES:
            self.at += 2 if self.word == "AUTHID" else 1
        if self.take(";"):
            return Node("forward", line)
        if not self.take("IS") and not self.take("AS"):
            raise self.error("is as")
        block = Block(declarations=self.declarations())
        self.need("BEGIN")
        self.rest_of_block(block)
        self.need(";")
        return Node(
            "subprogram",
            line,
            {"name": name, "kind": kind, "parameters": parameters, "returns": result, "block": block},
        )

    def cursor(self) -> Node:
        """CURSOR name(params) IS query."""
        line = self.line()
        self.need("CURSOR")
        name = self.name()
        parameters = self.parameters()
        self.need("IS")
        query = self.until(";")
        self.need(";")
        return Node("cursor", line, {"name": name, "parameters": parameters, "query": query})

    def type_declaration(self) -> Node:
        """TYPE name IS ...; its text decides what variables of it hold."""
        line = self.line()
        self.at += 1
        name = self.name()
        self.need("IS")
        body = self.until(";")
        self.need(";")
        return Node("type", line, {"name": name, "body": self.type_text(body)})

    def statements(self) -> list[Node]:
        """Up to END, ELSE, ELSIF, EXCEPTION or WHEN."""
        out = []
        while self.word not in ENDS and self.word:
            out.append(self.statement())
        if not out:
            raise self.error("begin case declare exit for goto if loop mod null raise return select update while with")
        return out

    def statement(self) -> Node:
        """One statement."""
        while self.take("<<"):
            self.name()
            self.need(">>")
        handler = STATEMENTS.get(self.word)
        if handler is not None and self.tokens[self.at].kind == "word":
            return handler(self)
        if self.word in SQL_VERBS:
            return self.sql()
        return self.assignment_or_call()

    def _ended(self, node: Node) -> Node:
        self.need(";")
        return node

    def sql(self) -> Node:
        """Embedded SQL, up to the semicolon."""
        line = self.line()
        return self._ended(Node("sql", line, {"tokens": self.until(";")}))

    def assignment_or_call(self) -> Node:
        """target := expression; or a procedure call."""
        line, start, depth = self.line(), self.at, 0
        for index in range(start, len(self.tokens)):
            token = self.tokens[index]
            if token.kind == "string":
                continue
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0 and token.text == ":=":
                target = tuple(self.tokens[start:index])
                self.at = index + 1
                return self._ended(Node("assign", line, {"target": target, "value": self.until(";")}))
            if depth == 0 and token.text == ";":
                break
        return self._ended(self.call(None))

    def call(self, end: int | None) -> Node:
        """name[.name](args)."""
        line = self.line()
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        args: list[tuple[str | None, Expr]] = []
        if self.take("("):
            while not self.take(")"):
                label = self.name() if self.peek() == "=>" else None
                if label is not None:
                    self.need("=>")
                args.append((label, self.until(",", ")")))
                self.take(",")
        into = self.tokens[self.at + 1].text if end is not None and self.take("INTO") else None
        self.at += into is not None
        return Node("call", line, {"name": parts, "args": args, "into": into})

    def if_statement(self) -> Node:
        """IF ... ELSIF ... ELSE ... END IF."""
        line, branches, other = self.line(), [], []
        self.need("IF")
        while True:
            test = self.until("THEN")
            self.need("THEN")
            branches.append((test, self.statements()))
            if not self.take("ELSIF"):
                break
        if self.take("ELSE"):
            other = self.statements()
        self.need("END")
        self.need("IF")
        return self._ended(Node("if", line, {"branches": branches, "other": other}))

    def case_statement(self) -> Node:
        """CASE [x] WHEN ... END CASE."""
        line, branches, other = self.line(), [], None
        self.need("CASE")
        subject = None if self.word == "WHEN" else self.until("WHEN")
        while self.take("WHEN"):
            test = self.until("THEN")
            self.need("THEN")
            branches.append((test, self.statements()))
        if self.take("ELSE"):
            other = self.statements()
        self.need("END")
        self.need("CASE")
        return self._ended(Node("case", line, {"subject": subject, "branches": branches, "other": other}))

    def loop(self) -> list[Node]:
        """LOOP ... END LOOP [label]."""
        self.need("LOOP")
        body = self.statements()
        self.need("END")
        self.need("LOOP")
        if self.word != ";":
            self.name()
        self.need(";")
        return body

    def while_loop(self) -> Node:
        """WHILE test LOOP."""
        line = self.line()
        self.need("WHILE")
        test = self.until("LOOP")
        return Node("while", line, {"test": test, "body": self.loop()})

    def _counter(self, keyword: str) -> tuple[int, str]:
        """FOR or FORALL, a name, IN: the line and the name."""
        line = self.line()
        self.need(keyword)
        name = self.name()
        self.need("IN")
        return line, name

    def for_loop(self) -> Node:
        """FOR i IN low..high, FOR r IN (query), FOR r IN cursor(args)."""
        line, name = self._counter("FOR")
        reverse = self.take("REVERSE")
        head = self.until("LOOP")
        split = next((index for index, token in enumerate(head) if token.text == ".." and token.kind == "op"), None)
        body = self.loop()
        if split is not None:
            return Node("for", line, {"name": name, "low": head[:split], "high": head[split + 1:], "reverse": reverse,
                                      "body": body})
        return Node("for_query", line, {"name": name, "source": head, "body": body})

    def exit_statement(self) -> Node:
        """EXIT and CONTINUE [label] [WHEN test]."""
        line, kind = self.line(), self.name().lower()
        if self.word not in (";", "WHEN"):
            self.name()
        test = self.until(";") if self.take("WHEN") else None
        return self._ended(Node(kind, line, {"test": test}))

    def execute_immediate(self) -> Node:
        """EXECUTE IMMEDIATE text [INTO ...] [USING ...] [RETURNING INTO ...]."""
        line = self.line()
        self.need("EXECUTE")
        self.need("IMMEDIATE")
        data: dict[str, Any] = {"text": self.until(";", "INTO", "USING", "RETURNING", "BULK"), "into": [], "using": []}
        data["bulk"] = self.take("BULK", "COLLECT")
        if self.take("INTO"):
            data["into"] = self.listed("USING")
        if self.take("USING"):
            data["using"] = self.listed("RETURNING")
        if self.take("RETURNING", "INTO"):
            data["returning"] = self.listed()
        return self._ended(Node("immediate", line, data))

    def listed(self, *stops: str) -> list[Expr]:
        """Comma-separated expressions up to a word or the semicolon."""
        out = []
        while True:
            out.append(self.until(",", ";", *stops))
            if not self.take(","):
                return out

    def open_cursor(self) -> Node:
        """OPEN cursor(args), OPEN variable FOR query or text [USING ...]."""
        line = self.line()
        self.need("OPEN")
        target = self.until(";", "FOR")
        data: dict[str, Any] = {"target": target, "query": None, "using": []}
        if self.take("FOR"):
            data["query"] = self.until(";", "USING")
            if self.take("USING"):
                data["using"] = self.listed()
        return self._ended(Node("open", line, data))

    def fetch(self) -> Node:
        """FETCH cursor [BULK COLLECT] INTO ... [LIMIT n]."""
        line = self.line()
        self.need("FETCH")
        cursor = self.until("INTO", "BULK")
        bulk = self.take("BULK", "COLLECT")
        self.need("INTO")
        into = self.listed("LIMIT")
        limit = self.until(";") if self.take("LIMIT") else None
        return self._ended(Node("fetch", line, {"cursor": cursor, "into": into, "bulk": bulk, "limit": limit}))

    def forall(self) -> Node:
        """FORALL i IN low..high [SAVE EXCEPTIONS] dml."""
        line, name = self._counter("FORALL")
        low = self.until("..")
        self.need("..")
        high = self.until("INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE", "SAVE")
        self.take("SAVE", "EXCEPTIONS")
        return Node("for", line, {"name": name, "low": low, "high": high, "reverse": False, "body": [self.statement()]})

    def simple(self, kind: str, stop: str = ";") -> Node:
        """A keyword and what follows it."""
        line = self.line()
        self.at += 1
        return self._ended(Node(kind, line, {"tokens": self.until(stop)}))

    def null_statement(self) -> Node:
        """NULL;"""
        line = self.line()
        self.need("NULL")
        return self._ended(Node("null", line))

    def nested(self) -> Node:
        """A block inside a block."""
        line = self.line()
        block = self.block()
        return self._ended(Node("block", line, {"block": block}))

    def plain_loop(self) -> Node:
        """LOOP ... END LOOP."""
        line = self.line()
        return Node("loop", line, {"body": self.loop()})


STATEMENTS: dict[str, Callable[[Parser], Node]] = {
    "IF": Parser.if_statement,
    "CASE": Parser.case_statement,
    "LOOP": Parser.plain_loop,
    "WHILE": Parser.while_loop,
    "FOR": Parser.for_loop,
    "EXIT": Parser.exit_statement,
    "CONTINUE": Parser.exit_statement,
    "FORALL": Parser.forall,
    "EXECUTE": Parser.execute_immediate,
    "OPEN": Parser.open_cursor,
    "FETCH": Parser.fetch,
    "BEGIN": Parser.nested,
    "DECLARE": Parser.nested,
    "NULL": Parser.null_statement,
    "RAISE": lambda parser: parser.simple("raise"),
    "RETURN": lambda parser: parser.simple("return"),
    "CLOSE": lambda parser: parser.simple("close"),
    "GOTO": lambda parser: parser.simple("goto"),
    "PIPE": lambda parser: parser.simple("pipe"),
}


@lru_cache(maxsize=500)
def parse_block(text: str) -> Block:
    """The nodes of a block. ORA-06550 with PLS-00103 for a wrong one."""
    return Parser(text).outer_block()
