"""
Snowflake for tests: fakesnow's server behind a face that snowflake-sdk for Node can talk to. What it adds or changes is listed
in README.md beside this file. Addresses and secrets come from the environment; it listens on the loopback address only.
"""

from __future__ import annotations

import asyncio
import gzip
import hmac
import importlib
import json
import os
import re
import sys
import time
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import snowflake.connector.errors
import uvicorn
from fakesnow import copy_into
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from fakesnow.transforms import stage
from sqlglot import exp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# The package has a function of the same name.
server = importlib.import_module("fakesnow.server")

HOST = "127.0.0.1"
PORT = int(os.environ["SNOWFLAKE_EMULATOR_PORT"])
DATA_DIR = os.environ["SNOWFLAKE_EMULATOR_DATA_DIR"]
USERNAME = os.environ["SNOWFLAKE_EMULATOR_USERNAME"]
PASSWORD = os.environ["SNOWFLAKE_EMULATOR_PASSWORD"]

LOCK_TIMEOUT = "000625"
UNSUPPORTED = "000002"
EPOCH = date(1970, 1, 1)
# Snowflake takes 5 minutes to give up a transaction that nobody works in and that stands in another one's way.
ABANDONED_SECONDS = 2.0


@dataclass
class Session:
    """What is known of a session beside fakesnow's own connection."""

    is_open: bool = False
    running: int = 0
    last_used: float = field(default_factory=time.monotonic)
    # The latest request and its answer: a client that lost the answer sends the same request again.
    request_id: str | None = None
    answer: asyncio.Future[Response] | None = None


sessions: dict[str, Session] = {}


# --- Statements -------------------------------------------------------------------------------------------------------


def conflict_as_lock_timeout() -> None:
    """DuckDB fails at once where Snowflake waits for a lock; to the client it is a lock that was not given in time."""
    execute = FakeSnowflakeCursor._execute

    def _execute(self: FakeSnowflakeCursor, transformed: Any, params: Any = None) -> None:
        try:
            execute(self, transformed, params)
        except duckdb.TransactionException as error:
            roll_back_abandoned(self._conn)
            raise snowflake.connector.errors.ProgrammingError(
                msg=f"Statement aborted: its lock has not been released. {error}", errno=int(LOCK_TIMEOUT), sqlstate="57014"
            ) from error
        except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
            raise snowflake.connector.errors.ProgrammingError(msg=str(error), errno=100038, sqlstate="22018") from error

    FakeSnowflakeCursor._execute = _execute


def roll_back_abandoned(asking: Any) -> None:
    for token, session in list(sessions.items()):
        connection = server.sessions.get(token)
        if connection is None or connection is asking or not session.is_open or session.running > 0:
            continue
        if time.monotonic() - session.last_used < ABANDONED_SECONDS:
            continue
        connection._duck_conn.rollback()
        connection._in_transaction = False
        session.is_open = False


def json_files_as_variant() -> None:
    """COPY INTO t FROM (SELECT $1:name … FROM @stage) over JSON files: $1 is each line as a VARIANT."""
    inserts = copy_into._inserts

    def _inserts(expr: exp.Copy, params: Any, urls: list[str], parquet_info: Any = None) -> list[Any]:
        source = expr.args["files"][0]
        if not isinstance(params.file_format, copy_into.ReadJSON) or not isinstance(source, exp.Subquery):
            return inserts(expr, params, urls, parquet_info)
        dollar1 = exp.Parameter(this=exp.Literal.number(1))
        columns = [
            e.transform(lambda n: exp.column("json") if n == dollar1 else n) for e in source.this.expressions
        ]
        return [
            exp.Insert(
                this=expr.this,
                expression=exp.Select(expressions=columns).from_(
                    exp.Table(this=params.file_format.read_expression(url))
                ),
            )
            for url in urls
        ]

    copy_into._inserts = _inserts


REMOVE = re.compile(r"^\s*(?:REMOVE|RM)\s+'?@([^'\s]+)'?\s*;?\s*$", re.IGNORECASE)


# Settings of a session that mean nothing here.
SETTING = r"ALTER SESSION SET (TIMEZONE|LOCK_TIMEOUT) = "
CREATE_STAGE = re.compile(r"^\s*CREATE STAGE IF NOT EXISTS (\w+)\s*;?\s*$", re.IGNORECASE)


def restore_stages(root: str) -> None:
    """fakesnow keeps the list of stages in memory only; here a stage is a folder."""
    for database in os.listdir(root):
        for schema in os.listdir(os.path.join(root, database)):
            cursor = server.shared_fs.connect(database, schema).cursor()
            for name in os.listdir(os.path.join(root, database, schema)):
                cursor.execute(f"CREATE STAGE IF NOT EXISTS {name}")


def remove_files(path: str, connection: Any) -> list[str]:
    """REMOVE @stage/prefix: the files whose names begin so."""
    name, _, prefix = path.partition("/")
    fqname = ".".join(stage.parts_from_var(name, connection.database, connection.schema))
    root = stage.internal_dir(fqname)
    removed = []
    for folder, _folders, files in os.walk(root):
        for file in files:
            full = os.path.join(folder, file)
            if os.path.relpath(full, root).startswith(prefix):
                os.remove(full)
                removed.append(f"{name.lower()}/{os.path.relpath(full, root)}")
    return removed


# --- Answers ----------------------------------------------------------------------------------------------------------


def as_rowset(data: dict[str, Any]) -> None:
    """Arrow, which the Node driver cannot read, as Snowflake's JSON rows."""
    encoded = data.pop("rowsetBase64")
    data["queryResultFormat"] = "json"
    if not encoded:
        data["rowset"] = []
        return
    table = pa.ipc.open_stream(b64decode(encoded)).read_all()
    types = [column["type"] for column in data["rowtype"]]
    columns = [[as_text(v, t) for v in c.to_pylist()] for c, t in zip(table.columns, types, strict=True)]
    data["rowset"] = [list(row) for row in zip(*columns, strict=True)]


def as_text(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if kind.startswith("timestamp"):
        if value["epoch"] is None:
            return None
        text = f"{value['epoch']}.{value['fraction']:09d}"
        return f"{text} {value['timezone']}" if "timezone" in value else text
    if kind == "date":
        return str((value - EPOCH).days)
    if kind == "time":
        return f"{value // 1_000_000_000}.{value % 1_000_000_000:09d}"
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "binary":
        return value.hex()
    return str(value)


async def body_of(request: Request) -> dict[str, Any]:
    body = await request.body()
    return json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)


def failure(code: str, message: str) -> JSONResponse:
    data = {"errorCode": code, "sqlState": "57014"}
    return JSONResponse({"data": data, "code": code, "message": message, "success": False})


async def login(request: Request) -> Response:
    data = (await body_of(request))["data"]
    given = str(data.get("PASSWORD") or "")
    if data.get("LOGIN_NAME") != USERNAME or not hmac.compare_digest(given.encode(), PASSWORD.encode()):
        return JSONResponse(
            {"data": {}, "code": "390100", "message": "Incorrect username or password was specified.", "success": False}
        )
    return await server.login_request(request)


async def query(request: Request) -> Response:
    token = request.headers.get("Authorization", "")[17:-1]
    session = sessions.setdefault(token, Session())
    request_id = request.query_params.get("requestId")
    if session.answer is not None and request_id is not None and session.request_id == request_id:
        return await asyncio.shield(session.answer)
    body = await body_of(request)
    session.request_id = request_id
    session.answer = asyncio.ensure_future(run(request, token, session, body["sqlText"]))
    # A client that goes away does not stop what it has asked for.
    return await asyncio.shield(session.answer)


async def run(request: Request, token: str, session: Session, sql: str) -> Response:
    connection = server.sessions.get(token)
    session.running += 1
    try:
        return await answer_to(request, connection, sql)
    except Exception as error:  # the driver would repeat for minutes what is answered with a 500
        server.logger.error("not answered: %s", sql, exc_info=error)
        return failure(UNSUPPORTED, f"the emulator cannot do this: {type(error).__name__}: {error}")
    finally:
        session.running -= 1
        session.last_used = time.monotonic()
        session.is_open = connection is not None and connection._in_transaction


async def answer_to(request: Request, connection: Any, sql: str) -> Response:
    removal = REMOVE.match(sql)
    if removal is not None and connection is not None:
        names = await asyncio.to_thread(remove_files, removal[1], connection)
        return JSONResponse({"success": True, "data": removed_rows(names)})
    answer = await server.query_request(request)
    payload = json.loads(bytes(answer.body))
    data = payload.get("data")
    if answer.status_code >= 500:
        return failure(UNSUPPORTED, payload.get("message") or "the emulator cannot do this")
    if payload.get("success") and (made := CREATE_STAGE.match(sql)):
        os.makedirs(stage.internal_dir(f"{connection.database}.{connection._schema}.{made[1].upper()}"), exist_ok=True)
    if payload.get("success") and "rowsetBase64" in data:
        as_rowset(data)
    if payload.get("success") and "rowset" in data:
        data["returned"] = len(data["rowset"])
    return JSONResponse(payload, status_code=answer.status_code)


def removed_rows(names: list[str]) -> dict[str, Any]:
    text = {"type": "text", "nullable": True, "length": 16777216, "byteLength": 16777216}
    return {
        "rowtype": [{"name": "name", **text}, {"name": "result", **text}],
        "rowset": [[name, "removed"] for name in names],
        "queryResultFormat": "json",
        "total": len(names),
        "returned": len(names),
        "queryId": "00000000-0000-0000-0000-000000000000",
        "statementTypeId": 0x7000,
        "parameters": [],
    }


async def session_request(request: Request) -> Response:
    """A session that ends takes its open transaction with it."""
    token = request.headers.get("Authorization", "")[17:-1]
    connection = server.sessions.get(token)
    if request.query_params.get("delete") and connection is not None and connection._in_transaction:
        connection._duck_conn.rollback()
    if request.query_params.get("delete"):
        sessions.pop(token, None)
    return await server.session(request)


# --- Start ------------------------------------------------------------------------------------------------------------


def main() -> None:
    databases = os.path.join(DATA_DIR, "databases")
    stages = os.path.join(DATA_DIR, "stages")
    for folder in (databases, stages):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    stage.LOCAL_BUCKET_PATH = stages
    server.shared_fs = FakeSnow(db_path=databases, nop_regexes=[SETTING])
    restore_stages(stages)
    # A file is put straight into the stage's folder, by the client: one machine.
    server.gcs_stage_info = lambda _request, _expr, data: data["stageInfo"]
    conflict_as_lock_timeout()
    json_files_as_variant()
    own = {"/session/v1/login-request": login, "/queries/v1/query-request": query, "/session": session_request}
    routes = [
        Route(route.path, own.get(route.path, route.endpoint), methods=list(route.methods or ["GET"]))
        for route in server.routes
    ]
    routes.append(Route("/ready", lambda _request: JSONResponse({"ready": True}), methods=["GET"]))
    uvicorn.run(Starlette(routes=routes), host=HOST, port=PORT, log_level="warning")


if __name__ == "__main__":
    sys.exit(main())
