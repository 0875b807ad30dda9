"""Recomputes the figures of testdata/ecom-clickstream.csv.gz from the raw file, by definition and without the package.

Python 3.11, standard library only:  python3 reference.py > reference.json
"""

import csv
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from statistics import median

FILE = Path(__file__).parent.parent / "testdata" / "ecom-clickstream.csv.gz"
STEPS = ["product_view", "add_to_cart", "cart", "shipping_details", "purchase"]
STRICT_STEPS = ["catalog", "product_view", "add_to_cart"]
WINDOW_MS = 86_400_000
AS_OF = datetime(2024, 6, 29, 22, 2, 40, tzinfo=timezone.utc)
GAP = timedelta(minutes=30)


def read():
    with gzip.open(FILE, "rt", newline="") as text:
        for row, line in enumerate(csv.DictReader(text)):
            at = datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            yield line["user_id"], at, row, line["event"]


def ms(at):
    return round(at.timestamp() * 1000)


def greedy(rows, steps, start):
    """The chain that begins with rows[start]: each next step as early as it comes."""
    chain = [start]
    for place in range(start + 1, len(rows)):
        if len(chain) == len(steps):
            break
        if ms(rows[place][0]) - ms(rows[start][0]) > WINDOW_MS:
            break
        if rows[place][2] == steps[len(chain)]:
            chain.append(place)
    return chain


def consecutive(rows, steps, start):
    chain = [start]
    while len(chain) < len(steps) and start + len(chain) < len(rows):
        place = start + len(chain)
        if rows[place][2] != steps[len(chain)] or ms(rows[place][0]) - ms(rows[start][0]) > WINDOW_MS:
            break
        chain.append(place)
    return chain


def best_sequence(rows, steps, follow):
    chains = [follow(rows, steps, i) for i, row in enumerate(rows) if row[2] == steps[0]]
    # Furthest, then earliest there, then latest start.
    chains.sort(key=lambda chain: (-len(chain), chain[-1], -chain[0]))
    return [ms(rows[place][0]) for place in chains[0]] if chains else []


def best_any(rows, steps):
    best = []
    for end in range(len(rows)):
        if rows[end][2] not in steps:
            continue
        inside = [row for row in rows[: end + 1] if ms(rows[end][0]) - ms(row[0]) <= WINDOW_MS]
        times = [max((ms(row[0]) for row in inside if row[2] == step), default=None) for step in steps]
        if sum(t is not None for t in times) > sum(t is not None for t in best):
            best = times
    return best


def funnel(users, steps, order):
    rank = {step: i for i, step in enumerate(steps)}
    levels, lines, states, durations = Counter(), [], Counter(), []
    for user in sorted(users):
        rows = sorted(users[user], key=lambda row: (row[0], rank.get(row[2], 99), row[1]))
        if order == "any":
            times = best_any(rows, steps)
        else:
            times = best_sequence(rows, steps, greedy if order == "ordered" else consecutive)
        level = sum(t is not None for t in times)
        levels[level] += 1
        lines.append(f"{user} {','.join('-' if t is None else str(t) for t in times)}\n")
        if level == len(steps):
            states["converted"] += 1
            durations.append(max(times) - min(times))
        elif level == 0:
            states["not_entered"] += 1
        elif order == "ordered":
            last_start = max(ms(at) for at, _, event in rows if event == steps[0])
            states["in_progress" if last_start + WINDOW_MS >= ms(AS_OF) else "dropped"] += 1
    result = {
        "levels": [levels[i] for i in range(len(steps) + 1)],
        "medianMs": median(durations) if durations else None,
        "sha256OfUserTimes": hashlib.sha256("".join(lines).encode()).hexdigest(),
    }
    if order == "ordered":
        result["states"] = dict(sorted(states.items()))
    return result


def week(at):
    return at.date() - timedelta(days=at.weekday())


def month(at):
    return at.date().replace(day=1)


def weeks_between(a, b):
    return (b - a).days // 7


def months_between(a, b):
    return (b.year - a.year) * 12 + b.month - a.month


def retention(users, start_of, between, columns, unbounded=False):
    cohorts = defaultdict(list)
    for rows in users.values():
        first = min(at for at, _, _ in rows)
        cohorts[start_of(first)].append({between(start_of(first), start_of(at)) for at, _, _ in rows})
    matrix = []
    for cohort in sorted(cohorts):
        open_columns = between(cohort, start_of(AS_OF))
        cells = [
            sum(any(k == c or (unbounded and k > c) for k in back) for back in cohorts[cohort])
            if c <= open_columns
            else None
            for c in range(columns + 1)
        ]
        matrix.append([cohort.isoformat(), len(cohorts[cohort]), cells])
    return matrix


def sessions(users):
    for user in users:
        rows = sorted(users[user])
        current = [rows[0]]
        for row in rows[1:]:
            if row[0] - current[-1][0] > GAP:
                yield current
                current = []
            current.append(row)
        yield current


def paths(users, anchor, direction, length):
    counts = Counter()
    for session in sessions(users):
        names = [name for _, _, name in session]
        if anchor not in names:
            continue
        place = names.index(anchor)
        part = names[place:] if direction == "from" else names[: place + 1]
        part = [name for i, name in enumerate(part) if i == 0 or name != part[i - 1]]
        counts[tuple(part[:length] if direction == "from" else part[-length:])] += 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], json.dumps(item[0], separators=(",", ":"))))
    return {
        "sessions": sum(counts.values()),
        "top": [[list(path), n] for path, n in ranked[:10]],
        "otherPaths": len(ranked[10:]),
        "otherSessions": sum(n for _, n in ranked[10:]),
    }


def adoption(users, feature):
    uses, delays = [], []
    for rows in users.values():
        own = sorted(at for at, _, name in rows if name == feature)
        if own:
            uses.append(len(own))
            delays.append(ms(own[0]) - ms(min(at for at, _, _ in rows)))
    return {
        "activeUsers": len(users),
        "adopters": len(uses),
        "uses": sum(uses),
        "frequencyMedian": median(uses),
        "timeToFirstUseMedianMs": median(delays),
    }


def stickiness(users):
    days = {user: {at.date() for at, _, _ in rows} for user, rows in users.items()}
    rows = []
    day = date(2024, 3, 1)
    while day < date(2024, 6, 1):
        counts = [
            sum(any(timedelta(0) <= day - d < timedelta(days=span) for d in own) for own in days.values())
            for span in (1, 7, 30)
        ]
        rows.append(counts)
        day += timedelta(days=1)
    return {"first": rows[0], "last": rows[-1], "sums": [sum(column) for column in zip(*rows)]}


def main():
    users = defaultdict(list)
    for user, at, row, event in read():
        users[user].append((at, row, event))
    figures = {
        "file": {"sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(), "events": sum(map(len, users.values()))},
        "funnel": {
            "ordered": funnel(users, STEPS, "ordered"),
            "strict": funnel(users, STRICT_STEPS, "strict"),
            "any": funnel(users, STEPS, "any"),
        },
        "retention": {
            "monthly": retention(users, month, months_between, 5),
            "weekly": retention(users, week, weeks_between, 8),
            "weeklyUnbounded": retention(users, week, weeks_between, 8, unbounded=True),
        },
        "sessions": sum(1 for _ in sessions(users)),
        "pathsFromHome": paths(users, "home", "from", 5),
        "pathsToPurchase": paths(users, "purchase", "to", 4),
        "adoption": adoption(users, "wishlist_add"),
        "stickiness": stickiness(users),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in figures.items()]
    print("{\n" + ",\n".join(lines) + "\n}")


main()
