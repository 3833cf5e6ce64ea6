"""A shelf of goods in PostgreSQL, in versions that need different columns.

`serve ADDRESS PORT VERSION` answers /menu from the column of its version: the first calls it name,
later ones title. `expand`, `contract` and `revert` with a version are the phases of its schema. The
third version looks for a column that nobody made.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

COLUMN = {"1": "name", "2": "title", "3": "headline"}
PHASES = {
    ("expand", "1"): "create table if not exists goods (name text)",
    ("expand", "2"): "alter table goods add column if not exists title text",
    ("expand", "3"): "alter table goods add column if not exists title text",
    ("contract", "2"): "alter table goods drop column if exists name",
    ("revert", "2"): "alter table goods drop column if exists title",
    ("revert", "3"): "alter table goods drop column if exists title",
}
COLUMNS = "select column_name from information_schema.columns where table_name = 'goods' order by 1"


def asked(query: str) -> list[str]:
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5) as connection:
        cursor = connection.execute(query)
        return [str(row[0]) for row in cursor] if cursor.description else []


class Customer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        version = sys.argv[4]
        queries = {"/menu": f"select count({COLUMN[version]}) from goods", "/columns": COLUMNS}
        try:
            found = asked(queries[self.path]) if self.path in queries else []
            self._answer(200, found)
        except psycopg.Error as error:
            self._answer(500, [str(error)])

    def _answer(self, status: int, found: list[str]) -> None:
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("x-version", sys.argv[4])
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> None:
    if sys.argv[1] == "serve":
        ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), Customer).serve_forever()
    elif query := PHASES.get((sys.argv[1], sys.argv[2])):
        asked(query)


if __name__ == "__main__":
    main()
