"""People who sign in with Google or Firebase: their ID token names a verified e-mail address."""

from collections.abc import Sequence

from service.entrypoints.id_tokens import NotAdmitted, Signed
from service.entrypoints.signed_token import read_token

FIREBASE_ISSUER = "https://securetoken.google.com/"
# firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
FIREBASE_CERTS_URL = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)


class PeopleGate:
    """`signed`: whose tokens are taken; empty: nobody signs in so. `google_client_id`: what the console asks
    Google for tokens with; None: it does not."""

    def __init__(self, signed: Sequence[Signed] = (), google_client_id: str | None = None) -> None:
        self.google_client_id = google_client_id
        self._by_issuer = {issuer: each for each in signed for issuer in each.issuers}

    def email_of(self, token: str) -> str:
        """In small letters. Raises NotAdmitted, CannotVerify."""
        signed = self._by_issuer.get(_issuer_said(token))
        if signed is None:
            raise NotAdmitted(401, "The token is of an issuer whose tokens are not taken here.")
        email, verified = signed.email_of(token)
        if not verified:
            raise NotAdmitted(403, "The token's e-mail address is not verified.")
        return email.lower()


def looks_signed(token: str) -> bool:
    """Three parts with dots between them; a key has none."""
    return token.count(".") == 2


def _issuer_said(token: str) -> str:
    """Nothing proves it yet: it says only whose keys to look at."""
    try:
        return str(read_token(token).claims["iss"])
    except (ValueError, KeyError):
        return ""
