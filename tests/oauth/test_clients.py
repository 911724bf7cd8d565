"""Programs of others over HTTP, with Authlib's client: they are allowed, act, renew, and are ended."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from sqlalchemy import select

from app.clinic import audit, oauth
from app.clinic.models import ApiToken, OAuthClient, OAuthGrant
from tests.house import House
from tests.oauth.conftest import Site
from tests.visitor import Page, Visitor

BACK = "https://calendar.example/back"
SESSION = "/api/v1/session"


@dataclass(frozen=True, slots=True)
class Registered:
    """What a program knows of its registration."""

    id: str
    secret: str | None


def register(site: Site, *scopes: str, kind: str = "confidential", back: str = BACK) -> Registered:
    """Register a program as an administrator does."""
    administrator = site.house.visitor("admin")
    entered = {"name": "Calendar", "kind": kind, "redirect_uris": back, "scopes": list(scopes)}
    page = administrator.submit(administrator.open("/oauth/clients"), entered, form="/oauth/clients/new")
    assert page.status == 201, page.text
    texts = [element.text_content() for element in page.html.xpath("//dd/code")]
    return Registered(texts[0], texts[1] if kind != "public" else None)


@pytest.fixture
def client(site: Site) -> Registered:
    """A confidential program that may ask to read and write the clinic."""
    return register(site, "clinic:read", "clinic:write")


def program(registered: Registered, scope: str | None = "clinic:read", back: str = BACK) -> OAuth2Session:
    """Return Authlib's client, with PKCE."""
    return OAuth2Session(
        registered.id,
        registered.secret,
        scope=scope,
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if registered.secret else "none",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A program that waits for its answer."""

    session: OAuth2Session
    verifier: str
    address: str


def asked(site: Site, session: OAuth2Session, **more: str) -> Asked:
    """Let a program ask; the address is that to which it sends the browser."""
    verifier = generate_token(48)
    url, _ = session.create_authorization_url(f"{site.url}/oauth/authorize", code_verifier=verifier, **more)
    return Asked(session, verifier, url.removeprefix(site.url))


def answered(site: Site, visitor: Visitor, ask: Asked, decision: str = "allow") -> str:
    """Decide on the page; return the address to which the browser is sent back."""
    page = visitor.submit(visitor.open(ask.address), {"decision": decision}, follow=False)
    assert page.status == 302, page.text
    return str(page.response.location)


def fetch(site: Site, ask: Asked, address: str, **more: str) -> dict[str, str]:
    """Exchange the code of an address for tokens."""
    return dict(
        ask.session.fetch_token(
            f"{site.url}/oauth/token", authorization_response=address, code_verifier=ask.verifier, **more
        )
    )


def allowed(site: Site, registered: Registered, username: str, scope: str | None = "clinic:read") -> OAuth2Session:
    """Let somebody allow it to a program; return its client, with tokens."""
    ask = asked(site, program(registered, scope))
    fetch(site, ask, answered(site, site.house.visitor(username), ask))
    return ask.session


def caller(site: Site, token: str) -> requests.Response:
    """Ask the API who calls."""
    return requests.get(f"{site.url}{SESSION}", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_a_program_is_allowed_and_acts_for_who_allowed_it(site: Site, kind: str) -> None:
    registered, username = register(site, "clinic:read", "clinic:write", kind=kind), site.house.add_patient()
    ask = asked(site, program(registered))
    visitor = site.house.visitor(username)
    page = visitor.open(ask.address)
    assert page.heading == "Let Calendar act for you?"
    assert "Read appointments, bills and notices" in page.text
    assert "Book, change and cancel appointments" not in page.text
    assert "calendar.example" in page.text
    address = answered(site, visitor, ask)
    assert address.startswith(f"{BACK}?")
    assert query(address)["iss"] == site.url
    token = fetch(site, ask, address)
    assert (token["token_type"], token["scope"]) == ("Bearer", "clinic:read")
    assert token["access_token"].startswith("dams_")
    answer = ask.session.get(f"{site.url}{SESSION}").json()
    assert (answer["username"], answer["scopes"]) == (username, ["clinic:read"])
    assert ask.session.post(f"{site.url}/appointment/doctor", json={}).status_code == 403


def test_a_program_acts_alone_for_its_owner(site: Site) -> None:
    registered = register(site, "reports", "processes:read", kind="alone")
    with OAuth2Session(registered.id, registered.secret, scope="reports") as session:
        token = session.fetch_token(f"{site.url}/oauth/token", grant_type="client_credentials")
        assert (token["scope"], "refresh_token" in token) == ("reports", False)
        assert session.get(f"{site.url}{SESSION}").json()["username"] == "admin"
        assert session.get(f"{site.url}/login/report/count", params={"login_count": "3"}).status_code == 200
        assert session.get(f"{site.url}/api/v1/process-definitions").status_code == 403


def test_a_program_finds_its_way_by_the_metadata(site: Site, client: Registered) -> None:
    found = requests.get(f"{site.url}/.well-known/oauth-authorization-server", timeout=60).json()
    assert found["issuer"] == site.url
    assert found["code_challenge_methods_supported"] == ["S256"]
    ask = asked(site, program(client))
    assert f"{site.url}{ask.address}".startswith(found["authorization_endpoint"])
    address = answered(site, site.house.visitor("admin"), ask)
    ask.session.fetch_token(found["token_endpoint"], authorization_response=address, code_verifier=ask.verifier)
    token = ask.session.token["access_token"]
    assert ask.session.revoke_token(found["revocation_endpoint"], token=token).status_code == 200
    assert caller(site, token).status_code == 401


def test_who_refuses_lets_nothing_through(site: Site, client: Registered) -> None:
    ask = asked(site, program(client), state="of the program")
    told = query(answered(site, site.house.visitor("admin"), ask, "refuse"))
    assert (told["error"], told["state"]) == ("access_denied", "of the program")
    assert "code" not in told


def test_who_is_not_signed_in_signs_in_first(site: Site, client: Registered) -> None:
    ask = asked(site, program(client))
    page = site.house.visitor().open(ask.address)
    assert page.path == "/login"
    assert page.response.request.args["next"] == ask.address


def test_the_form_may_lead_to_the_program_and_nowhere_else(site: Site, client: Registered) -> None:
    page = site.house.visitor("admin").open(asked(site, program(client)).address)
    policy = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://calendar.example;" in policy


def test_a_decision_needs_the_form_of_this_site(site: Site, client: Registered) -> None:
    visitor = site.house.visitor("admin")
    assert visitor.post(asked(site, program(client)).address, {"decision": "allow"}).status == 400


@pytest.mark.parametrize(
    "back", ["https://calendar.example/elsewhere", "https://evil.example/back", f"{BACK}?more=1", f"{BACK}#", ""]
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(site: Site, client: Registered, back: str) -> None:
    page = site.house.visitor("admin").open(asked(site, program(client, back=back)).address)
    assert (page.status, page.path) == (400, "/oauth/authorize")
    assert "Location" not in page.response.headers


@pytest.mark.parametrize("id_", ["", "nobody", "%22%3E%3Cscript%3E", "\u202e"])
def test_an_unknown_program_is_refused(site: Site, id_: str) -> None:
    address = f"/oauth/authorize?response_type=code&client_id={id_}&redirect_uri={BACK}"
    assert site.house.visitor("admin").open(address).status == 400


WRONG = [
    ({"scope": "people:read"}, "invalid_scope"),
    ({"scope": "clinic:read everything"}, "invalid_scope"),
    ({"code_challenge": ""}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
]


@pytest.mark.parametrize(("wrong", "error"), WRONG)
def test_what_a_program_asks_in_a_wrong_way_is_told_to_it(
    site: Site, client: Registered, wrong: dict[str, str], error: str
) -> None:
    right = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": BACK,
        "scope": "clinic:read",
        "state": "s",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    visitor = site.house.visitor("admin")
    answer = visitor.client.get("/oauth/authorize", query_string={**right, **wrong})
    assert answer.status_code == 302
    told = query(answer.location)
    assert (answer.location.startswith(f"{BACK}?"), told["error"], told["state"]) == (True, error, "s")


def test_nobody_allows_what_they_may_not_do(site: Site) -> None:
    registered = register(site, "clinic:read", "maintenance")
    patient = site.house.add_patient()
    ask = asked(site, program(registered, "clinic:read maintenance"))
    token = fetch(site, ask, answered(site, site.house.visitor(patient), ask))
    assert token["scope"] == "clinic:read"
    ask = asked(site, program(registered, "maintenance"))
    answer = site.house.visitor(patient).client.get(ask.address)
    assert query(answer.location)["error"] == "invalid_scope"


def test_a_code_is_good_once_and_a_second_use_ends_what_came_of_it(site: Site, client: Registered) -> None:
    ask = asked(site, program(client))
    address = answered(site, site.house.visitor(site.house.add_patient()), ask)
    token = fetch(site, ask, address)
    assert caller(site, token["access_token"]).status_code == 200
    with pytest.raises(OAuthError) as refused:
        fetch(site, ask, address)
    assert refused.value.error == "invalid_grant"
    assert caller(site, token["access_token"]).status_code == 401
    with pytest.raises(OAuthError):
        ask.session.refresh_token(f"{site.url}/oauth/token", refresh_token=token["refresh_token"])


def test_a_code_is_of_no_use_without_what_the_program_kept(site: Site, client: Registered) -> None:
    ask = asked(site, program(client))
    address = answered(site, site.house.visitor("admin"), ask)
    for verifier, error in [(generate_token(48), "invalid_grant"), ("", "invalid_request"), ("x", "invalid_request")]:
        with pytest.raises(OAuthError) as refused:
            fetch(site, Asked(ask.session, verifier, ask.address), address)
        assert refused.value.error == error
    assert fetch(site, ask, address)["access_token"]


def test_a_code_is_of_no_use_to_another_program_or_after_a_while(site: Site, client: Registered) -> None:
    ask = asked(site, program(client))
    address = answered(site, site.house.visitor("admin"), ask)
    other = register(site, "clinic:read")
    with pytest.raises(OAuthError) as refused:
        fetch(site, Asked(program(other), ask.verifier, ask.address), address)
    assert refused.value.error == "invalid_grant"
    ask.session.redirect_uri = "https://calendar.example/elsewhere"
    with pytest.raises(OAuthError) as refused:
        fetch(site, ask, address)
    assert refused.value.error == "invalid_grant"
    ask.session.redirect_uri = BACK
    site.house.clock.advance(seconds=oauth.CODE_LASTS.total_seconds())
    with pytest.raises(OAuthError) as refused:
        fetch(site, ask, address)
    assert refused.value.error == "invalid_grant"


def test_a_wrong_secret_opens_nothing(site: Site, client: Registered) -> None:
    url = f"{site.url}/oauth/token"
    body = {"grant_type": "client_credentials"}
    wrong = requests.post(url, body, auth=(client.id, "guessed"), timeout=60)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")
    for more in ({}, {"client_id": client.id}, {"client_id": client.id, "client_secret": "guessed"}):
        answer = requests.post(url, {**body, **more}, timeout=60)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    assert client.secret is not None
    alone = requests.post(url, body, auth=(client.id, client.secret), timeout=60)
    assert (alone.status_code, alone.json()["error"]) == (400, "unauthorized_client")
    unknown = requests.post(url, {"grant_type": "password"}, auth=(client.id, client.secret), timeout=60)
    assert (unknown.status_code, unknown.json()["error"]) == (400, "unsupported_grant_type")


def test_a_program_that_acts_alone_gets_no_more_than_its_scopes(site: Site) -> None:
    registered = register(site, "reports", kind="alone")
    with OAuth2Session(registered.id, registered.secret, scope="maintenance") as session:
        with pytest.raises(OAuthError) as refused:
            session.fetch_token(f"{site.url}/oauth/token", grant_type="client_credentials")
        assert refused.value.error == "invalid_scope"
    address = f"/oauth/authorize?response_type=code&client_id={registered.id}&redirect_uri={BACK}"
    assert site.house.visitor("admin").open(address).status == 400


def test_a_token_is_renewed_and_the_old_one_ends(site: Site, client: Registered) -> None:
    session = allowed(site, client, site.house.add_patient(), "clinic:read clinic:write")
    old = dict(session.token)
    new = session.refresh_token(f"{site.url}/oauth/token", refresh_token=old["refresh_token"], scope="clinic:read")
    assert new["scope"] == "clinic:read"
    assert caller(site, old["access_token"]).status_code == 401
    assert caller(site, new["access_token"]).json()["scopes"] == ["clinic:read"]
    with pytest.raises(OAuthError) as wider:
        session.refresh_token(
            f"{site.url}/oauth/token", refresh_token=new["refresh_token"], scope="clinic:read clinic:write"
        )
    assert wider.value.error == "invalid_scope"


def test_a_renewal_that_is_used_twice_ends_everything(site: Site, client: Registered) -> None:
    session = allowed(site, client, site.house.add_patient())
    stolen = session.token["refresh_token"]
    new = dict(session.refresh_token(f"{site.url}/oauth/token", refresh_token=stolen))
    for text in (stolen, new["refresh_token"]):
        with pytest.raises(OAuthError) as refused:
            session.refresh_token(f"{site.url}/oauth/token", refresh_token=text)
        assert refused.value.error == "invalid_grant"
    assert caller(site, new["access_token"]).status_code == 401


def test_a_renewal_is_of_no_use_to_another_program(site: Site, client: Registered) -> None:
    session, other = allowed(site, client, site.house.add_patient()), program(register(site, "clinic:read"))
    with pytest.raises(OAuthError) as refused:
        other.refresh_token(f"{site.url}/oauth/token", refresh_token=session.token["refresh_token"])
    assert refused.value.error == "invalid_grant"
    assert other.revoke_token(f"{site.url}/oauth/revoke", token=session.token["access_token"]).status_code == 200
    assert caller(site, session.token["access_token"]).status_code == 200


def test_tokens_expire(site: Site, client: Registered) -> None:
    session = allowed(site, client, site.house.add_patient())
    token = dict(session.token)
    site.house.clock.advance(hours=1)
    assert caller(site, token["access_token"]).status_code == 401
    new = session.refresh_token(f"{site.url}/oauth/token", refresh_token=token["refresh_token"])
    assert caller(site, new["access_token"]).status_code == 200
    site.house.clock.advance(days=30)
    with pytest.raises(OAuthError) as refused:
        session.refresh_token(f"{site.url}/oauth/token", refresh_token=new["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_revoking_a_renewal_ends_the_grant(site: Site, client: Registered) -> None:
    session = allowed(site, client, site.house.add_patient())
    token = dict(session.token)
    for _ in range(2):
        answer = session.revoke_token(f"{site.url}/oauth/revoke", token=token["refresh_token"])
        assert answer.status_code == 200
    assert caller(site, token["access_token"]).status_code == 401


def test_somebody_withdraws_what_they_allowed(site: Site, client: Registered) -> None:
    username = site.house.add_patient()
    token = allowed(site, client, username).token["access_token"]
    visitor, other = site.house.visitor(username), site.house.visitor(site.house.add_patient())
    page = visitor.open("/account/programs")
    assert "Calendar" in page.text
    action = str(page.form("/end").action)
    csrf = dict(other.open("/account/password").form().form_values())["dams:csrf"]
    assert other.post(action, {"dams:csrf": csrf}).status == 404
    assert caller(site, token).status_code == 200
    assert "No program acts for you." in visitor.submit(page, form="/end").text
    assert caller(site, token).status_code == 401


def test_a_revoked_program_is_of_no_use(site: Site, client: Registered) -> None:
    session = allowed(site, client, site.house.add_patient())
    token = dict(session.token)
    administrator = site.house.visitor("admin")
    page = administrator.open("/oauth/clients")
    assert "Calendar" in administrator.submit(page, form=f"/oauth/clients/{client.id}/revoke").text
    assert caller(site, token["access_token"]).status_code == 401
    with pytest.raises(OAuthError) as refused:
        session.refresh_token(f"{site.url}/oauth/token", refresh_token=token["refresh_token"])
    assert refused.value.error == "invalid_client"
    assert administrator.open(asked(site, program(client)).address).status == 400


def test_tokens_of_a_program_are_no_personal_ones(site: Site, client: Registered) -> None:
    username = site.house.add_patient()
    allowed(site, client, username)
    assert "You have no tokens." in site.house.visitor(username).open("/account/tokens").text


def test_only_digests_are_kept_and_all_of_it_is_in_the_audit(site: Site, client: Registered) -> None:
    username = site.house.add_patient()
    ask = asked(site, program(client))
    address = answered(site, site.house.visitor(username), ask)
    token = fetch(site, ask, address)
    secrets = [client.secret or "", query(address)["code"], token["access_token"], token["refresh_token"]]
    with site.house.services.database.read() as session:
        rows = [
            str(vars(row)) for table in (ApiToken, OAuthClient, OAuthGrant) for row in session.scalars(select(table))
        ]
        who = site.house.login_id(username)
        actions = [entry.action for entry in audit.list_entries(session) if entry.who == who]
    assert not [secret for secret in secrets for row in rows if secret in row]
    assert actions == ["token issued", "client allowed"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"scopes": ""},
        {"kind": ""},
        {"redirect_uris": ""},
        {"redirect_uris": "http://calendar.example/back"},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "data:text/html,x"},
        {"redirect_uris": "https://calendar.example/back#here"},
        {"redirect_uris": "https://user:secret@calendar.example/"},
        {"redirect_uris": "https:///back"},
        {"redirect_uris": "https://[broken/"},
        {"redirect_uris": "\n".join(f"{BACK}/{number}" for number in range(11))},
    ],
)
def test_what_can_t_be_registered_is_told_beside_its_field(site: Site, changes: dict[str, str]) -> None:
    administrator = site.house.visitor("admin")
    entered = {"name": "Calendar", "kind": "confidential", "redirect_uris": BACK, "scopes": "clinic:read"}
    page: Page = administrator.submit(
        administrator.open("/oauth/clients"), {**entered, **changes}, form="/oauth/clients/new"
    )
    assert page.status == 422
    assert page.html.xpath("//*[@id and contains(@id, '-error')]")


@pytest.mark.parametrize("back", ["http://127.0.0.1:8123/back", "com.example.calendar:/back"])
def test_programs_on_people_s_own_machines_can_be_registered(site: Site, back: str) -> None:
    registered = register(site, "clinic:read", kind="public", back=back)
    ask = asked(site, program(registered, back=back))
    address = answered(site, site.house.visitor("admin"), ask)
    assert address.startswith(f"{back}?")
    assert fetch(site, ask, address)["access_token"]


def test_a_client_that_is_not_on_this_machine_needs_tls(house: House) -> None:
    answer = house.visitor().client.post("/oauth/token", base_url="http://clinic.example")
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "insecure_transport")


def test_a_program_that_asks_for_no_code_is_told_how_to(site: Site) -> None:
    page = site.house.visitor("admin").open("/oauth/authorize?client_id=nobody")
    assert (page.status, "it has to ask for a code, by response_type=code. Nothing was allowed" in page.text) == (
        400,
        True,
    )
