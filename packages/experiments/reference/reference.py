"""Writes reference.json here and in packages/drift: what scipy, statsmodels and mmh3 say about ordinary and extreme input.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python reference.py

The tests of both packages compare against these files, which are committed. Nothing here is random between runs.
"""

import itertools
import json
import math
import pathlib
import sys

import mmh3
import numpy as np
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_power_het, normal_sample_size_one_tail
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    proportions_ztest,
    samplesize_proportions_2indep_onetail,
)

sys.dont_write_bytecode = True
from drift_reference import drift_cases  # noqa: E402

HERE = pathlib.Path(__file__).parent


def distributions():
    normal = [{"z": z, "above": stats.norm.sf(z)} for z in (-9, -3.1, -1e-8, 0, 1e-8, 0.3, 1, 1.96, 5, 8, 20, 37)]
    normal_quantile = [
        {"above": p, "z": stats.norm.isf(p)} for p in (1e-300, 1e-50, 1e-9, 0.0005, 0.025, 0.2, 0.5, 0.7, 0.999)
    ]
    student = [
        {"t": t, "df": df, "twoSided": 2 * stats.t.sf(abs(t), df)}
        for t, df in itertools.product((0, 0.01, 0.5, 2.5, 12, 100), (1, 1.7, 8, 123.4, 1e4, 1e7, 1e9))
        if 2 * stats.t.sf(abs(t), df) > 1e-290
    ]
    student_quantile = [
        {"above": p, "df": df, "t": stats.t.isf(p, df)}
        for p, df in itertools.product((1e-6, 0.005, 0.025, 0.4), (1, 1.7, 8, 123.4, 1e6, 1e9))
    ]
    chi_square = [
        {"statistic": x, "df": df, "above": stats.chi2.sf(x, df)}
        for x, df in itertools.product((1e-9, 0.5, 3.84, 30, 900), (1, 2, 5, 19))
    ]
    beta = [
        {"x": x, "a": a, "b": b, "below": stats.beta.cdf(x, a, b), "above": stats.beta.sf(x, a, b)}
        for a, b in ((1, 1), (1, 4), (2.5, 0.5), (30, 70), (1, 1e6), (5e3, 9.5e4), (5e5 + 1, 5e5), (2e7, 8e7))
        for x in (0.3 * a / (a + b), a / (a + b), min(0.999, a / (a + b) * (1 + 2 / math.sqrt(a))))
    ]
    return {
        "normal": normal,
        "normalQuantile": normal_quantile,
        "student": student,
        "studentQuantile": student_quantile,
        "chiSquare": chi_square,
        "beta": beta,
    }


# n and conversions of control and treatment
PROPORTIONS = [
    (2, 1, 2, 2), (2, 0, 2, 2), (2, 1, 2, 1), (1, 1, 3, 1), (10, 0, 10, 3), (10, 10, 10, 7), (50, 1, 47, 5),
    (100, 10, 100, 10), (100, 10, 100, 25), (1000, 100, 1000, 130), (1000, 130, 1000, 100), (1000, 0, 1000, 9),
    (5000, 4990, 5100, 5099), (12345, 678, 11890, 745), (100000, 5000, 100000, 5200), (100000, 3, 99000, 14),
    (1000000, 500000, 1000000, 500900), (1000000, 120000, 10000, 1300), (10000000, 10, 10000000, 31),
    (100000000, 20000000, 100000000, 20020000), (1000, 50, 1000, 950), (300, 30, 300, 95), (2, 0, 1000000, 100000),
    (100000, 5200, 100000, 4000), (1000000, 100000, 1000000, 112000), (1000000000, 300000000, 1000000000, 300100000),
]


def delta_lift(m0, v0, m1, v1, critical):
    if abs(m0) <= critical * math.sqrt(v0):
        return None
    ratio = m1 / m0
    margin = critical * math.sqrt(v1 / m0**2 + m1**2 * v0 / m0**4)
    return [ratio - 1, ratio - 1 - margin, ratio - 1 + margin]


def two_proportions():
    cases = []
    for n0, c0, n1, c1 in PROPORTIONS:
        for alpha in (0.05, 0.001):
            z, p = proportions_ztest([c1, c0], [n1, n0])
            low, high = confint_proportions_2indep(c1, n1, c0, n0, method="wald", compare="diff", alpha=alpha)
            p0, p1 = c0 / n0, c1 / n1
            lift = delta_lift(p0, p0 * (1 - p0) / n0, p1, p1 * (1 - p1) / n1, stats.norm.isf(alpha / 2))
            cases.append({
                "control": {"n": n0, "conversions": c0}, "treatment": {"n": n1, "conversions": c1}, "alpha": alpha,
                "statistic": z, "pValue": p, "low": low, "high": high, "lift": lift,
            })
    return cases


# n, mean and variance of control and treatment
MEANS = [
    (2, 1, 0.5, 2, 2, 0.5), (2, 1, 0, 2, 2, 0.5), (2, 0, 1, 3, 0, 1), (5, 10, 4, 50, 11, 90), (30, 100, 225, 30, 108, 400),
    (1000, 812.4, 90500.5, 1003, 790.2, 88100.25), (1000, 0.0021, 1e-6, 900, 0.00235, 1.4e-6), (500, -3, 2, 500, -2.5, 9),
    (100000, 1e9, 1e12, 100000, 1.00001e9, 1e12), (1000000, 5, 2, 1000000, 5.04, 2), (10000000, 1, 1, 20, 1.5, 3),
    (1000000000, 250, 1e4, 1000000000, 250.01, 1e4), (100, 7, 3, 100, 7, 3), (40, 1e-12, 1e-26, 40, 1.02e-12, 1e-26),
    (25, 1, 1, 25, 41, 1), (3, 0.9, 1e-4, 400, 0.8, 0.04),
    (1000000, 5, 2, 1000000, 5.05, 2),
]


def two_means():
    cases = []
    for n0, m0, v0, n1, m1, v1 in MEANS:
        for alpha in (0.05, 0.001):
            test = stats.ttest_ind_from_stats(m1, math.sqrt(v1), n1, m0, math.sqrt(v0), n0, equal_var=False)
            df = (v0 / n0 + v1 / n1) ** 2 / ((v0 / n0) ** 2 / (n0 - 1) + (v1 / n1) ** 2 / (n1 - 1))
            critical = stats.t.isf(alpha / 2, df)
            margin = critical * math.sqrt(v0 / n0 + v1 / n1)
            cases.append({
                "control": {"n": n0, "mean": m0, "variance": v0}, "treatment": {"n": n1, "mean": m1, "variance": v1},
                "alpha": alpha, "statistic": test.statistic, "pValue": test.pvalue, "degreesOfFreedom": df,
                "low": m1 - m0 - margin, "high": m1 - m0 + margin,
                "lift": delta_lift(m0, v0 / n0, m1, v1 / n1, critical),
            })
    return cases


def quad(f, points):
    """Piecewise, so that a narrow peak is never missed."""
    points = sorted({min(1.0, max(0.0, point)) for point in points})
    pieces = (integrate.quad(f, a, b, epsabs=0, epsrel=1e-11, limit=400)[0] for a, b in zip(points, points[1:]))
    return math.fsum(pieces)


def bayesian_proportions():
    cases = []
    for n0, c0, n1, c1 in PROPORTIONS:
        if max(n0, n1) >= 10**9:
            continue  # scipy's density is too rough there for its own quadrature
        a, b = stats.beta(c0 + 1, n0 - c0 + 1), stats.beta(c1 + 1, n1 - c1 + 1)
        steps = [k / 2 for k in range(-80, 81)]
        points = [0, 1] + [d.mean() + step * d.std() for d in (a, b) for step in steps]
        chance = quad(lambda x: b.pdf(x) * a.cdf(x), points)
        assert math.isclose(chance + quad(lambda x: a.pdf(x) * b.cdf(x), points), 1, rel_tol=1e-9)
        cases.append({
            "control": {"n": n0, "conversions": c0}, "treatment": {"n": n1, "conversions": c1},
            "chance": chance,
            "lossOfTreatment": quad(lambda x: b.cdf(x) * a.sf(x), points),
            "lossOfControl": quad(lambda x: a.cdf(x) * b.sf(x), points),
        })
    return cases


def bayesian_means():
    cases = []
    for n0, m0, v0, n1, m1, v1 in MEANS:
        s = math.sqrt(v0 / n0 + v1 / n1)
        u = (m1 - m0) / s
        # With D = m + s Z: E[max(-D, 0)] = s times the integral of P(Z < -t) from u on.
        loss = s * integrate.quad(stats.norm.sf, u, max(u, 0) + 38, epsabs=0, epsrel=1e-12, limit=400)[0]
        cases.append({
            "control": {"n": n0, "mean": m0, "variance": v0}, "treatment": {"n": n1, "mean": m1, "variance": v1},
            "chance": stats.norm.cdf(u), "loss": loss,
        })
    return cases


def sample_sizes():
    proportions = []
    for p0, p1, ratio in ((0.1, 0.12, 1), (0.5, 0.51, 1), (0.001, 0.0012, 1), (0.9, 0.85, 1), (0.02, 0.2, 1), (0.1, 0.09, 2)):
        for alpha, power in ((0.05, 0.8), (0.01, 0.95), (0.05, 0.3)):
            n = samplesize_proportions_2indep_onetail(p1 - p0, p0, power, alpha=alpha) if ratio == 1 else None
            pooled = (p0 + ratio * p1) / (1 + ratio)
            std_null = math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
            std_alt = math.sqrt(p0 * (1 - p0) + p1 * (1 - p1) / ratio)
            general = normal_sample_size_one_tail(p1 - p0, power, alpha / 2, std_null=std_null, std_alternative=std_alt)
            if n is not None:
                assert math.isclose(n, general, rel_tol=1e-9), (n, general)
            size = 1000
            achieved = normal_power_het(p1 - p0, size, alpha, std_null, std_alt, alternative="two-sided")
            if ratio == 1:
                other = power_proportions_2indep(p1 - p0, p0, size, ratio=1, alpha=alpha, return_results=False)
                assert math.isclose(other, achieved, rel_tol=1e-9), (other, achieved)
            proportions.append({
                "control": p0, "treatment": p1, "ratio": ratio, "alpha": alpha, "power": power, "n": general,
                "size": size, "achieved": achieved,
            })
    means = []
    for difference, deviation, ratio in ((1, 10, 1), (-5, 300, 1), (0.0004, 0.001, 1), (20, 300, 3), (2, 1, 1)):
        for alpha, power in ((0.05, 0.8), (0.001, 0.9)):
            std = deviation * math.sqrt(1 + 1 / ratio)
            means.append({
                "difference": difference, "deviation": deviation, "ratio": ratio, "alpha": alpha, "power": power,
                "n": normal_sample_size_one_tail(difference, power, alpha / 2, std_null=std, std_alternative=std),
                "size": 100, "achieved": normal_power_het(difference, 100, alpha, std, std, alternative="two-sided"),
            })
    return {"proportions": proportions, "means": means}


def sample_ratios():
    cases = []
    for weights, exposed in (
        ([1, 1], [500, 500]), ([1, 1], [5000, 5200]), ([1, 1], [50000, 51000]), ([50, 50], [821588, 815482]), ([1, 3], [20, 80]),
        ([1, 1, 1], [333, 340, 327]), ([10, 20, 70], [1100, 1900, 7000]), ([1, 1], [1000000, 1100000]), ([1] * 20, list(range(90, 110))),
        ([0.1, 0.9], [100000000, 900010000]), ([1, 1], [10, 0]),
    ):
        expected = np.array(weights) / sum(weights) * sum(exposed)
        statistic, p = stats.chisquare(exposed, expected)
        cases.append({"weights": weights, "exposed": exposed, "statistic": statistic, "pValue": p})
    return cases


def false_discoveries():
    lists = (
        [0.01], [0.04, 0.01, 0.03], [0.5, 0.5, 0.5], [1, 1e-300, 0.2], [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205],
        [0, 0.05, 1], [0.9, 0.8, 0.7, 0.6], [0.011, 0.02, 0.02, 0.02, 0.5], [1e-12] * 4 + [0.3] * 6,
    )
    return [{"pValues": p, "adjusted": list(multipletests(p, method="fdr_bh")[1])} for p in lists]


def positions():
    pairs = [
        ("checkout", "1"), ("checkout", "user-42"), ("pricing_v2", "user-42"), ("a", "b"), ("a", "bc"), ("a", "bcd"),
        ("exp-1", "3f0a7f9e-58a1-4a0e-9d8f-0c6f6d2a9b11"), ("exp-1", "ünïcödé"), ("exp-1", "用户"), ("exp-1", "🙂"),
        ("exp-1", "a:b"), ("exp-1", "x" * 1000), ("exp-1", " "), ("exp-1", "\u0000"),
    ]
    return [
        {"salt": salt, "unitId": unit, "hash": mmh3.hash(f"{salt}:{unit}", seed=0, signed=False)} for salt, unit in pairs
    ]


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, default=float, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


write(HERE / "reference.json", {
    "distributions": distributions(),
    "twoProportions": two_proportions(),
    "twoMeans": two_means(),
    "bayesianProportions": bayesian_proportions(),
    "bayesianMeans": bayesian_means(),
    "sampleSizes": sample_sizes(),
    "sampleRatios": sample_ratios(),
    "falseDiscoveries": false_discoveries(),
    "positions": positions(),
})
write(HERE.parent.parent / "drift" / "reference" / "reference.json", drift_cases())
