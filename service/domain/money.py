"""Money, in millionths of a currency's unit: whole numbers, so that sums are exact."""

from dataclasses import dataclass

MICROS = 1_000_000  # in one unit of the currency
MANY = 1_000_000  # calls: no limit
MINOR_DIGITS = {  # of the minor unit, where it is not a hundredth: ISO 4217
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
MINOR_DIGITS_MOST = 2  # in most currencies


def micros_of(amount: int, currency: str) -> int:
    """Minor units (cents) in millionths."""
    return amount * _minor_unit(currency)


def minor_units(micros: int, currency: str) -> int:
    """Millionths in minor units (cents); a part of one counts as one."""
    return -(-micros // _minor_unit(currency))


def _minor_unit(currency: str) -> int:
    return int(MICROS // 10 ** MINOR_DIGITS.get(currency, MINOR_DIGITS_MOST))


@dataclass(frozen=True)
class Rate:
    """What a call costs its account. The default is Twilio's list price for calls to the United States,
    0.014 $ a minute begun (www.twilio.com/en-us/voice/pricing/us, 2026-11); who does not answer is free.
    """

    currency: str = "USD"
    minute: int = 14_000  # millionths, for each minute begun
    call: int = 0  # millionths, for each call that is answered

    def cost(self, seconds: int) -> int:
        """Of one answered call."""
        return self.call + self.minute * -(-seconds // 60) if seconds > 0 else 0

    def most(self, time_limit_seconds: int) -> int:
        """The worst case: a call that talks until the provider ends it."""
        return self.cost(time_limit_seconds)

    def affords(self, left: int, time_limit_seconds: int) -> int:
        """How many calls so much is enough for, each at its worst."""
        most = self.most(time_limit_seconds)
        return left // most if most else MANY
