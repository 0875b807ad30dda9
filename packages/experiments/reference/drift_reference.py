"""What scipy and numpy say about two samples, for packages/drift."""

import math

import numpy as np
from scipy import stats

GAMMA = 1.01 / 0.99


def samples():
    """Quasi-random, by quantiles of known distributions: the same on every machine, to the digits that are kept."""

    def spread(distribution, n, shift=0.0):
        positions = (np.arange(n) * 0.6180339887498949 + shift) % 1
        return [float(f"{value:.9g}") for value in distribution.ppf(np.clip(positions, 1e-9, 1 - 1e-9))]

    lognormal = stats.lognorm(0.6, scale=400)
    pairs = {
        "one against one": ([1.0], [2.0]),
        "apart": ([1.0, 2.0, 3.0], [10.0, 11.0]),
        "small alike": (spread(lognormal, 12), spread(lognormal, 9, 0.3)),
        "small shifted": (spread(lognormal, 30), spread(stats.lognorm(0.6, scale=700), 25, 0.1)),
        "alike": (spread(lognormal, 600), spread(lognormal, 500, 0.37)),
        "slower by a tenth": (spread(lognormal, 600), spread(stats.lognorm(0.6, scale=440), 600, 0.2)),
        "slower by half": (spread(lognormal, 600), spread(stats.lognorm(0.6, scale=600), 600, 0.2)),
        "wider": (spread(lognormal, 700), spread(stats.lognorm(0.9, scale=400), 400, 0.9)),
        "confidence": (spread(stats.beta(8, 2), 500), spread(stats.beta(6, 2), 500, 0.5)),
        "two modes": (spread(stats.norm(100, 10), 500), spread(stats.norm(90, 2), 300) + spread(stats.norm(110, 2), 300)),
        "unequal sizes": (spread(lognormal, 1000), spread(stats.lognorm(0.6, scale=500), 40, 0.2)),
        "far tail": (spread(lognormal, 400), spread(stats.lognorm(0.6, scale=4000), 400, 0.2)),
    }
    return pairs


def log_bins(values):
    indexes, counts = np.unique([math.ceil(math.log(value) / math.log(GAMMA)) for value in values], return_counts=True)
    return dict(zip(indexes.tolist(), counts.tolist()))


def largest_gap(baseline, current):
    """The statistic on bins: the largest distance of the cumulative shares at the bins' upper edges."""
    indexes = sorted(set(baseline) | set(current))
    a = np.cumsum([baseline.get(index, 0) for index in indexes]) / sum(baseline.values())
    b = np.cumsum([current.get(index, 0) for index in indexes]) / sum(current.values())
    return float(np.max(np.abs(a - b)))


def psi(baseline, current, smoothing=0.5):
    a = np.asarray(baseline, dtype=float) + smoothing
    b = np.asarray(current, dtype=float) + smoothing
    a, b = a / a.sum(), b / b.sum()
    return float(np.sum((b - a) * np.log(b / a)))


def drift_cases():
    kolmogorov = []
    for name, (baseline, current) in samples().items():
        exact = stats.ks_2samp(baseline, current, method="exact")
        en = len(baseline) * len(current) / (len(baseline) + len(current))
        kolmogorov.append({
            "name": name, "baseline": baseline, "current": current, "statistic": exact.statistic,
            "exact": exact.pvalue, "asymptotic": stats.kstwobign.sf(math.sqrt(en) * exact.statistic),
            "binned": largest_gap(log_bins(baseline), log_bins(current)),
        })
    limits = [{"lambda": x, "above": stats.kstwobign.sf(x)} for x in (0.02, 0.2, 0.4, 0.8, 1, 1.2, 1.36, 2, 5, 15)]
    counts = [
        ([100, 100, 100], [100, 100, 100]), ([100, 100, 100], [120, 100, 80]), ([500, 300, 200], [200, 300, 500]),
        ([10, 0], [0, 10]), ([1000, 0, 5], [1000, 20, 0]), ([1] * 10, [10] * 10), ([10**9, 1], [10**9, 100]),
        ([90, 80, 70, 60], [1, 2, 3, 4]), ([123456, 98765, 4321, 77], [120000, 99000, 5000, 90]), ([5], [9]), ([0, 7], [3, 0]),
    ]
    return {
        "gamma": GAMMA,
        "kolmogorov": kolmogorov,
        "kolmogorovLimit": limits,
        "psi": [{"baseline": a, "current": b, "value": psi(a, b)} for a, b in counts],
    }
