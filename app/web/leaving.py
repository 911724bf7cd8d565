"""Forms whose answers send the browser elsewhere: browsers hold redirects to the policy of the page with the form."""

from urllib.parse import urlsplit

from flask import Flask, Response, g

_OWN = "form-action 'self'"
_HEADER = "Content-Security-Policy"


def install(app: Flask) -> None:
    """Widen the policies of such pages; to be called before what sets policies, whose work comes first then."""
    app.after_request(_widen)


def let_forms_lead_to(address: str) -> None:
    """Let the forms of the page that answers the present request lead to the site, or the app, of `address`."""
    parts = urlsplit(address)
    g.forms_lead_to = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _widen(response: Response) -> Response:
    policy = response.headers.get(_HEADER)
    if policy and "forms_lead_to" in g:
        response.headers[_HEADER] = policy.replace(_OWN, f"{_OWN} {g.forms_lead_to}")
    return response
