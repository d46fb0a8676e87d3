"""The clients in Python: one order as JSON on standard input, its measurement or its values on standard output.

Started by bench/processes.ts with a Python that has the package; it does what the Node clients of the group do.
"""
import asyncio
import datetime
import decimal
import json
import os
import resource
import sys
import time

order = json.load(sys.stdin)
task = order["task"]
target = task["target"]
group = order["group"]
check = order["check"]
where = {"host": "127.0.0.1", "port": target["port"], "user": target["user"], "database": target["database"]}
secure = target.get("ca")
if target.get("password"):
    where["password"] = target["password"]


def query(shape, rows):
    if target["live"]:
        return f"select * from bench_{shape} limit {rows}"
    return f"select /* {shape} {rows} */ 1"


def text(value):
    """A value as the server prints it, or as JSON has it."""
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, datetime.datetime):
        whole = value.strftime("%Y-%m-%d %H:%M:%S")
        part = f".{value.microsecond:06d}".rstrip("0").rstrip(".")
        return whole + part + ("" if value.tzinfo is None else "+00")
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return str(value)


def say(value):
    json.dump(value, sys.stdout)
    sys.exit(0)


def say_rows(rows):
    say([[text(value) for value in row] for row in rows])


class Clock:
    def __enter__(self):
        self.cpu = time.process_time()
        self.wall = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.wall = time.perf_counter() - self.wall
        self.cpu = time.process_time() - self.cpu

    def say(self, count, each=None):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        said = {"count": count, "wallMs": self.wall * 1000, "cpuMs": self.cpu * 1000, "peakMb": peak}
        say(said if each is None else {**said, "each": each})


columns = "id, quantity, city, weight"
keys = 1000
warm = 200


def insert_rows(count):
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    return [(at, f"name {at % 977}", at * 0.25, start + datetime.timedelta(seconds=at)) for at in range(count)]


table = f"bench_insert_{os.getpid()}"
fresh = f"create unlogged table {table} (id integer, name varchar(64), weight double precision, loaded timestamptz)"
stored = f"select id, name, weight, loaded from {table} order by id"


def psycopg():
    import psycopg

    def connect():
        dbname = {**where, "dbname": where["database"]}
        del dbname["database"]
        tls = {"sslmode": "require", "host": "localhost"} if secure else {"sslmode": "disable"}
        return psycopg.connect(**{**dbname, **tls}, autocommit=True)

    if group == "connect":
        return connects(connect, lambda conn: conn.close())
    conn = connect()
    conn.execute("set timezone to 'UTC'")
    if group in ("rows", "live"):
        cursor = conn.cursor(binary=True)
        sql = query(task["shape"], task["rows"])
        with Clock() as clock:
            rows = cursor.execute(sql).fetchall()
        return say_rows(rows) if check else clock.say(len(rows))
    if group == "stream":
        found = []
        with Clock() as clock, conn.transaction():
            cursor = conn.cursor(name="bench", binary=True)
            cursor.itersize = 1000
            count = 0
            for row in cursor.execute(query("narrow", task["rows"])):
                count += row[0] is not None
                if check:
                    found.append(row)
        return say_rows(found) if check else clock.say(count)
    if group == "insert":
        rows = insert_rows(task["rows"])
        conn.execute(fresh)
        copying = order["client"] == "psycopg_copy"
        with Clock() as clock, conn.transaction():
            cursor = conn.cursor()
            if copying:
                with cursor.copy(f"copy {table} from stdin (format binary)") as copy:
                    copy.set_types(["int4", "varchar", "float8", "timestamptz"])
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(f"insert into {table} values (%s, %s, %s, %s)", rows)
        kept = conn.execute(stored).fetchall() if check else []
        conn.execute(f"drop table {table}")
        return say_rows(kept) if check else clock.say(len(rows))
    if group == "small":
        sql = f"select {columns} from bench_keys where id = %s"
        cursor = conn.cursor(binary=True)
        way = task["way"]

        def ask(key, cold=""):
            named = sql if cold == "" else f"{sql} /* {cold} */"
            return cursor.execute(named, (key,), prepare=cold == "").fetchone()

        if check:
            return say_rows([ask(key) for key in range(keys)])
        for key in range(warm):
            ask(key, f"warm {key}" if way == "cold" else "")
        if way in ("sequential", "cold"):
            return one_by_one(lambda at: ask(at % keys, str(at) if way == "cold" else ""))
        with Clock() as clock:
            for start in range(0, task["queries"], 100):
                with conn.pipeline():
                    asked = [conn.cursor(binary=True).execute(sql, ((start + at) % keys,), prepare=True) for at in range(100)]
                for one in asked:
                    one.fetchone()
        return clock.say(task["queries"])
    return say(None)


psycopg_copy = psycopg


def one_by_one(ask):
    each = []
    with Clock() as clock:
        for at in range(task["queries"]):
            start = time.perf_counter()
            ask(at)
            each.append((time.perf_counter() - start) * 1000)
    clock.say(task["queries"], each)


def connects(connect, close):
    for _ in range(5):
        close(connect())
    each = []
    with Clock() as clock:
        for _ in range(task["connects"]):
            start = time.perf_counter()
            close(connect())
            each.append((time.perf_counter() - start) * 1000)
    clock.say(task["connects"], each)


def asyncpg():
    asyncio.run(with_asyncpg())


async def with_asyncpg():
    import asyncpg
    import ssl

    tls = False
    if secure:
        tls = ssl.create_default_context(cadata=secure)

    def connect():
        return asyncpg.connect(**{**where, "host": "localhost" if secure else where["host"]}, ssl=tls)

    if group == "connect":
        each = []
        for _ in range(5):
            await (await connect()).close()
        with Clock() as clock:
            for _ in range(task["connects"]):
                start = time.perf_counter()
                await (await connect()).close()
                each.append((time.perf_counter() - start) * 1000)
        return clock.say(task["connects"], each)
    conn = await connect()
    if group in ("rows", "live"):
        sql = query(task["shape"], task["rows"])
        with Clock() as clock:
            rows = await conn.fetch(sql)
        return say_rows(rows) if check else clock.say(len(rows))
    if group == "stream":
        found = []
        with Clock() as clock:
            count = 0
            async with conn.transaction():
                async for row in conn.cursor(query("narrow", task["rows"]), prefetch=1000):
                    count += row[0] is not None
                    if check:
                        found.append(row)
        return say_rows(found) if check else clock.say(count)
    if group == "insert":
        rows = insert_rows(task["rows"])
        await conn.execute(fresh)
        with Clock() as clock:
            await conn.executemany(f"insert into {table} values ($1, $2, $3, $4)", rows)
        kept = await conn.fetch(stored) if check else []
        await conn.execute(f"drop table {table}")
        return say_rows(kept) if check else clock.say(len(rows))
    if group == "small":
        sql = f"select {columns} from bench_keys where id = $1"
        way = task["way"]
        if check:
            return say_rows([await conn.fetchrow(sql, key) for key in range(keys)])
        lanes = [conn] + [await connect() for _ in range(9 if way == "connections" else 0)]
        for lane in lanes:
            for key in range(warm):
                await lane.fetchrow(sql if way != "cold" else f"{sql} /* warm {key} */", key)
        if way in ("sequential", "cold"):
            each = []
            with Clock() as clock:
                for at in range(task["queries"]):
                    start = time.perf_counter()
                    await conn.fetchrow(sql if way == "sequential" else f"{sql} /* {at} */", at % keys)
                    each.append((time.perf_counter() - start) * 1000)
            return clock.say(task["queries"], each)

        async def work(lane, count):
            for at in range(count):
                await lane.fetchrow(sql, at % keys)

        with Clock() as clock:
            await asyncio.gather(*(work(lane, task["queries"] // len(lanes)) for lane in lanes))
        return clock.say(task["queries"] // len(lanes) * len(lanes))
    return say(None)


def redshift_connector():
    import redshift_connector

    # It scales numerics in the thread's context, whose 28 digits cut those that have more.
    decimal.getcontext().prec = 60
    conn = redshift_connector.connect(**where, password="none", ssl=False)
    cursor = conn.cursor()
    sql = query(task["shape"], task["rows"])
    with Clock() as clock:
        cursor.execute(sql)
        rows = cursor.fetchall()
    return say_rows(rows) if check else clock.say(len(rows))


globals()[order["client"]]()
