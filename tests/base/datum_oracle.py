"""GCJ-02 and BD-09 once more, in 40-digit decimals with sine series of our own: the independent check.

Written from the description of the formulas (a polynomial and sine waves in metres, laid on the Krasovsky
ellipsoid), with nothing taken from `gis.base.datum`.
"""

from __future__ import annotations

from decimal import Decimal, getcontext

getcontext().prec = 40
D = Decimal
PI = D("3.141592653589793238462643383279502884197169399")


def sin(angle: Decimal) -> Decimal:
    angle %= 2 * PI
    term = total = angle
    n = 1
    while abs(term) > D("1e-36"):
        term *= -angle * angle / ((n + 1) * (n + 2))
        total += term
        n += 2
    return total


def cos(angle: Decimal) -> Decimal:
    return sin(angle + PI / 2)


def atan(value: Decimal) -> Decimal:
    """Newton on tan(a) = value."""
    angle = D(0)
    for _ in range(60):
        angle -= (sin(angle) - value * cos(angle)) * cos(angle)
    return angle


def gcj(lon: str, lat: str) -> tuple[Decimal, Decimal]:
    u, v = D(lon) - 105, D(lat) - 35
    roots = abs(u).sqrt()

    def waves(t: Decimal, *pairs: tuple[int, int]) -> Decimal:
        return sum((amplitude * sin(PI * t / period) for amplitude, period in pairs), D(0)) * 2 / 3

    fast = (20 * sin(6 * PI * u) + 20 * sin(2 * PI * u)) * 2 / 3
    east_m = 300 + u + 2 * v + u * u / 10 + u * v / 10 + roots / 10 + fast
    east_m += waves(u, (20, 1), (40, 3), (150, 12), (300, 30))
    north_m = -100 + 2 * u + 3 * v + v * v / 5 + u * v / 10 + roots / 5 + fast
    north_m += waves(v, (20, 1), (40, 3), (160, 12), (320, 30))
    a, e2 = D(6378245), D("0.00669342162296594323")
    phi = D(lat) * PI / 180
    w2 = 1 - e2 * sin(phi) ** 2
    prime_vertical, meridian = a / w2.sqrt(), a * (1 - e2) / (w2 * w2.sqrt())
    return (
        D(lon) + east_m / (prime_vertical * cos(phi)) * 180 / PI,
        D(lat) + north_m / meridian * 180 / PI,
    )


def bd(lon: str, lat: str) -> tuple[Decimal, Decimal]:
    x, y = gcj(lon, lat)
    turn = PI * 3000 / 180
    radius = (x * x + y * y).sqrt() + D("0.00002") * sin(y * turn)
    angle = atan(y / x) + D("0.000003") * cos(x * turn)
    return radius * cos(angle) + D("0.0065"), radius * sin(angle) + D("0.006")
