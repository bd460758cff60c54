#!/usr/bin/python3
"""Writes series.json: what statsmodels 0.13.5 (Debian's python3-statsmodels), numpy and scipy make of some series.

    /usr/bin/python3 test/sequence/golden/generate-series.py
"""
import csv
import json
import pathlib
import warnings

import numpy as np
from scipy.linalg import solve_toeplitz, toeplitz
from scipy.stats import norm
from statsmodels.regression.linear_model import burg, yule_walker
from statsmodels.tsa.ar_model import AutoReg, ar_select_order

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
DATA = HERE.parents[2] / "node_modules/vega-datasets/data"
SEED = 5


def column(name, key, count=None):
    with open(DATA / name, newline="") as file:
        return [float(row[key]) for row in csv.DictReader(file)][:count]


def simulate(coefficients, count, rng):
    values = list(rng.normal(size=len(coefficients)))
    while len(values) < count + 100:
        values.append(sum(a * values[-1 - k] for k, a in enumerate(coefficients)) + rng.normal())
    return values[100 : 100 + count]


rng = np.random.default_rng(SEED)
SERIES = {
    "ar2": simulate([1.2, -0.6], 120, rng),
    "short": list(np.round(rng.normal(size=14), 3)),
    "walk": list(np.cumsum(rng.normal(size=150)) + 50),
    # Read from vega-datasets by the test as well.
    "co2": column("co2-concentration.csv", "CO2"),
    "temperature": column("seattle-weather.csv", "temp_max", 700),
    "sp500": column("sp500-2000.csv", "close", 500),
}
INLINE = ["ar2", "short", "walk"]


def roots(result):
    values = np.asarray(result.roots, dtype=complex)
    return [[z.real, z.imag] for z in sorted(values, key=lambda z: (round(abs(z), 8), round(z.real, 8), z.imag))]


def ols(name, order, trend, seasonal=False, period=None):
    x = np.asarray(SERIES[name])
    result = AutoReg(x, order, trend=trend, seasonal=seasonal, period=period, old_names=False).fit()
    steps = 15
    prediction = result.get_prediction(len(x), len(x) + steps - 1)
    interval = prediction.conf_int(alpha=0.1)
    return {
        "series": name, "order": order, "trend": trend, "seasonal": seasonal, "period": period,
        "parameters": list(result.params), "standardErrors": list(result.bse), "variance": result.sigma2,
        "logLikelihood": result.llf, "aic": result.aic, "aicc": result.aicc, "bic": result.bic, "hqic": result.hqic,
        "roots": roots(result), "mean": list(result.forecast(steps)),
        "lower": list(interval[:, 0]), "upper": list(interval[:, 1]),
        # One step ahead from the first 40 values, the parameters as fitted to all.
        "predictions": list(result.predict(start=order, end=order + 4)),
    }


def moments(name, order, method):
    x = np.asarray(SERIES[name])
    demeaned = x - x.mean()
    if method == "burg":
        rho, variance = burg(x, order)
    else:
        rho, sigma = yule_walker(x, order, method="mle" if method.endswith("mle") else "adjusted")
        variance = sigma**2
    assert np.isfinite(variance)
    return {"series": name, "order": order, "method": method, "coefficients": list(rho), "variance": float(variance),
            "mean": float(x.mean()), "last": float(demeaned[-1])}


def selection(name, maximum, trend, seasonal=False, period=None):
    """ar_select_order chooses; the criteria are AutoReg's on the same values. (ar_select_order's own leave the constant
    uncounted, which moves all orders alike and no choice.)"""
    x = np.asarray(SERIES[name])
    options = {"trend": trend, "seasonal": seasonal, "period": period, "old_names": False}
    chosen = {
        criterion: int(max(ar_select_order(x, maximum, ic=criterion, **options).ar_lags or [0]))
        for criterion in ["aic", "bic", "hqic"]
    }
    fits = [AutoReg(x, order, hold_back=maximum, **options).fit() for order in range(maximum + 1)]
    criteria = {key: [getattr(fit, key) for fit in fits] for key in ["aic", "aicc", "bic", "hqic"]}
    chosen["aicc"] = int(np.argmin(criteria["aicc"]))
    return {"series": name, "maxOrder": maximum, "trend": trend, "seasonal": seasonal, "period": period,
            "chosen": chosen, "criteria": criteria}


def naive(name, kind, period=1, horizon=30):
    """Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5."""
    x = np.asarray(SERIES[name])
    n = len(x)
    h = np.arange(1, horizon + 1)
    if kind == "last":
        residuals, mean, scale, estimated = x[1:] - x[:-1], np.full(horizon, x[-1]), np.sqrt(h), 0
    elif kind == "seasonal":
        residuals, estimated = x[period:] - x[:-period], 0
        mean = np.array([x[n - period + (k - 1) % period] for k in h])
        scale = np.sqrt((h - 1) // period + 1)
    elif kind == "drift":
        slope, estimated = (x[-1] - x[0]) / (n - 1), 1
        residuals, mean, scale = x[1:] - x[:-1] - slope, x[-1] + h * slope, np.sqrt(h * (1 + h / (n - 1)))
    else:
        residuals, mean, scale, estimated = x - x.mean(), np.full(horizon, x.mean()), np.full(horizon, np.sqrt(1 + 1 / n)), 1
    sigma = np.sqrt((residuals**2).sum() / (len(residuals) - estimated))
    width = norm.ppf(0.9) * sigma * scale
    return {"series": name, "kind": kind, "period": period, "mean": list(mean), "lower": list(mean - width),
            "upper": list(mean + width)}


def whole_past(name, bandwidth, count):
    """Best linear prediction from all of the past, solved as Toeplitz systems: no recursion."""
    x = np.asarray(SERIES[name])
    n = len(x)
    mean = x.mean()
    z = x - mean
    lag = np.arange(bandwidth + 1)
    gamma = np.array([(z[k:] * z[: n - k]).sum() / n for k in lag])
    u = lag / (bandwidth + 1)
    gamma = gamma * np.where(u <= 0.5, 1 - 6 * u**2 + 6 * u**3, 2 * (1 - u) ** 3)
    g = np.concatenate([gamma, np.zeros(n + 50)])
    one_step = []
    for t in range(count):
        phi = solve_toeplitz(g[:t], g[1 : t + 1]) if t else np.zeros(0)
        one_step.append([float(mean + phi @ z[:t][::-1]), float(g[0] - phi @ g[1 : t + 1])])
    # h steps ahead at once: regress x_{t+h} on all t values.
    inverse = np.linalg.inv(toeplitz(g[:n]))
    ahead = []
    for h in range(1, 13):
        cross = g[h : h + n]
        phi = inverse @ cross
        ahead.append([float(mean + phi @ z[::-1]), float(g[0] - phi @ cross)])
    return {"series": name, "bandwidth": bandwidth, "oneStep": one_step, "ahead": ahead}


vectors = {
    "seed": SEED,
    "series": {name: SERIES[name] for name in INLINE},
    "ols": [
        ols("ar2", 2, "c"), ols("ar2", 1, "n"), ols("ar2", 0, "c"), ols("ar2", 5, "ct"), ols("ar2", 3, "t"),
        ols("short", 3, "c"), ols("walk", 4, "ct"),
        ols("co2", 13, "ct"), ols("co2", 2, "ct", True, 12), ols("co2", 3, "n", True, 12), ols("co2", 1, "t", True, 12),
        ols("temperature", 7, "c"), ols("sp500", 5, "c"), ols("sp500", 30, "c"),
    ],
    "moments": [
        moments(name, order, method)
        for method in ["yule-walker", "yule-walker-mle", "burg"]
        for name, order in [("ar2", 2), ("ar2", 10), ("walk", 4), ("temperature", 12), ("co2", 13), ("sp500", 5)]
        if not (method == "yule-walker" and name == "sp500")
    ],
    "selection": [
        selection("ar2", 12, "c"), selection("ar2", 6, "n"), selection("walk", 8, "ct"),
        selection("temperature", 30, "c"), selection("co2", 14, "ct", True, 12),
    ],
    "naive": [
        naive(name, kind, period)
        for name in ["walk", "co2"]
        for kind, period in [("last", 1), ("seasonal", 12), ("drift", 1), ("mean", 1)]
    ],
    "wholePast": [whole_past("ar2", 20, 60), whole_past("walk", 149, 60), whole_past("temperature", 106, 150)],
}
(HERE / "series.json").write_text(json.dumps(vectors, separators=(",", ":"), default=float) + "\n")
