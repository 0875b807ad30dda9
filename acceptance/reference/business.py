"""Recomputes revenue and plans of the subscription history, by definition and without the product.

Python 3.11, standard library only:  python3 business.py > business.json
"""

import gzip
import hashlib
import json
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

FILE = Path(__file__).parents[2] / "acceptance/testdata/subscriptions.jsonl.gz"
FIRST = datetime(2024, 3, 1, tzinfo=timezone.utc)
DAYS = 40
STARTS = {"subscription", "subscription_started", "subscription_changed"}
END = "subscription_cancelled"
PAYMENTS = {"payment", "purchase"}
REFUND = "refund"
# How many months an amount is for.
MONTHS = {"": Fraction(1), "month": Fraction(1), "year": Fraction(12), "quarter": Fraction(3), "week": Fraction(12, 52)}
KINDS = ("new", "reactivation", "expansion", "contraction", "churn")


def half_up(value):
    return (value + Fraction(1, 2)).__floor__()


def millionths(value):
    """As the amount is: the double that stands in the event, in millionths, halves up."""
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e15:
        return None
    return half_up(Fraction(float(value) * 1e6))


def read():
    events = []
    with gzip.open(FILE, "rt") as text:
        for line in text:
            event = json.loads(line)
            properties = event["properties"]
            conversion = event["kind"] == "conversion"
            given = event if conversion else properties
            months = MONTHS.get(properties.get("interval", ""))
            micros = millionths(given.get("conversion_value" if conversion else "value"))
            events.append(
                {
                    "time": datetime.fromisoformat(event["event_time"].replace("Z", "+00:00")),
                    "id": event["event_id"],
                    "type": event.get("conversion_type") or event.get("event_name") or "",
                    "who": event.get("user_id") or event.get("anonymous_id"),
                    "micros": micros,
                    "currency": given.get("currency") or "XXX",
                    "plan": properties.get("plan", ""),
                    "subscription": properties.get("subscription_id", ""),
                    "payment": properties.get("payment_id") or event["event_id"],
                    "mrr": None if micros is None or micros < 0 or months is None else half_up(micros / months),
                }
            )
    return sorted(events, key=lambda e: (e["time"], e["id"]))


def sum_of(subscriptions, who, currency):
    return sum(s["mrr"] for (w, _), s in subscriptions.items() if w == who and s["currency"] == currency)


def classify(before, after, paid_before):
    if before == 0:
        return "reactivation" if paid_before else "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def empty():
    names = [f"{kind}_{what}" for kind in KINDS for what in ("mrr", "customers")]
    return dict.fromkeys(names + ["payments", "refunds", "payment_count", "refund_count"], 0)


def main():
    events = read()
    subscriptions, paid_once, payments = {}, set(), set()
    revenue, plans = [], []
    position = 0
    for day in range(DAYS):
        end = FIRST + timedelta(days=day + 1)
        rows = {}
        while position < len(events) and events[position]["time"] < end:
            event = events[position]
            position += 1
            who, key = event["who"], (event["who"], event["subscription"])
            if event["type"] == END or (event["type"] in STARTS and event["mrr"] is not None):
                old = subscriptions.pop(key, None)
                new = None if event["type"] == END else event
                # Whoever changes the currency leaves the old one first.
                currencies = {s["currency"] for s in (old, new) if s}
                for currency in sorted(currencies, key=lambda c: new is not None and c == new["currency"]):
                    rest = sum_of(subscriptions, who, currency)
                    before = rest + (old["mrr"] if old and old["currency"] == currency else 0)
                    after = rest + (new["mrr"] if new and new["currency"] == currency else 0)
                    if before != after:
                        kind = classify(before, after, (who, currency) in paid_once)
                        row = rows.setdefault(currency, empty())
                        row[f"{kind}_mrr"] += abs(after - before)
                        row[f"{kind}_customers"] += 1
                        paid_once.add((who, currency))
                if new:
                    subscriptions[key] = new
            is_refund = event["type"] == REFUND
            if (is_refund or event["type"] in PAYMENTS) and event["micros"] is not None:
                told = (who, is_refund, event["payment"])
                if told not in payments:
                    payments.add(told)
                    name = "refund" if is_refund or event["micros"] < 0 else "payment"
                    row = rows.setdefault(event["currency"], empty())
                    row[f"{name}s"] += abs(event["micros"])
                    row[f"{name}_count"] += 1
        standing = {}
        for (who, _), s in subscriptions.items():
            if s["mrr"] > 0:
                standing.setdefault((s["currency"], s["plan"]), []).append((who, s["mrr"]))
        for currency in sorted(set(rows) | {c for c, _ in standing}):
            own = [x for (c, _), xs in standing.items() if c == currency for x in xs]
            row = rows.get(currency, empty())
            revenue.append(
                {"day": str((end - timedelta(days=1)).date()), "currency": currency,
                 "mrr_end": sum(m for _, m in own), "customers": len({w for w, _ in own})} | row)
        for (currency, plan), own in sorted(standing.items()):
            plans.append({"day": str((end - timedelta(days=1)).date()), "currency": currency, "plan": plan,
                          "mrr": sum(m for _, m in own), "subscriptions": len(own)})
    kept = [row for row in revenue if any(row[name] for name in row if name not in ("day", "currency"))]
    figures = {
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
        "events": len(events),
        "revenueColumns": " ".join(kept[0]),
        "revenue": [" ".join(map(str, row.values())) for row in kept],
        "plansColumns": " ".join(plans[0]),
        "plans": [" ".join(map(str, row.values())) for row in plans],
    }
    print(json.dumps(figures, indent=2))


main()
