"""One Flask application out of its services: blueprints, protection, and what all templates know."""

from flask import Flask, Response, request
from flask_login import LoginManager
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web import errors, formatting, inputs, leaving, limits, policy
from app.web.absences import absences
from app.web.access import guard, refuse_forged, refuse_nul
from app.web.account import account
from app.web.account_requests import account_requests
from app.web.accounts import accounts
from app.web.appointments import appointments
from app.web.availability import availability
from app.web.backups import backups
from app.web.booking import booking
from app.web.clients import clients
from app.web.closures import closures
from app.web.dag_runs import dag_runs
from app.web.dashboard import dashboard
from app.web.desk import desk
from app.web.diagnoses import diagnoses
from app.web.files import files
from app.web.filling import CSRF_FIELD
from app.web.health import health
from app.web.identity import load_user
from app.web.laboratory import laboratory
from app.web.live import live
from app.web.notices import notices
from app.web.oauth import oauth
from app.web.openid import install as install_openid
from app.web.openid import openid
from app.web.outbox import outbox
from app.web.own_profile import own_profile
from app.web.passwords import passwords
from app.web.payment import payment
from app.web.processes import processes
from app.web.services import EXTENSION, Context, Services, WebConfig
from app.web.signing_up import signing_up
from app.web.tasks import tasks
from app.web.tokens import tokens
from app.web.waiting_list import waiting_list

MOST_BYTES = 5 * 1024 * 1024
"""The longest request body; uploads of diagrams are the longest."""


def create_app(services: Services, config: WebConfig) -> Flask:
    """Return the application that serves the pages."""
    app = Flask(__name__)
    app.extensions[EXTENSION] = Context(services, config)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="dams_session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=config.session_lifetime,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        WTF_CSRF_CHECK_DEFAULT=False,  # `refuse_forged` checks, where a session asks
        WTF_CSRF_FIELD_NAME=CSRF_FIELD,
        WTF_CSRF_TIME_LIMIT=None,  # a token is good as long as its session is
    )
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    _protect(app, config)
    formatting.install(app)
    inputs.install(app)
    errors.install(app)
    install_openid(app, config.openid)
    for blueprint in (
        absences,
        account,
        account_requests,
        accounts,
        appointments,
        availability,
        backups,
        booking,
        clients,
        closures,
        dag_runs,
        dashboard,
        desk,
        diagnoses,
        files,
        health,
        laboratory,
        live,
        notices,
        oauth,
        openid,
        outbox,
        own_profile,
        passwords,
        payment,
        processes,
        signing_up,
        tasks,
        tokens,
        waiting_list,
    ):
        app.register_blueprint(blueprint)
    policy.let_run_scripts(app, desk.name)
    return app


def _protect(app: Flask, config: WebConfig) -> None:
    """Refuse who may not see a page first, then forged forms; add the headers that browsers hold a site to."""
    manager = LoginManager(app)
    manager.user_loader(load_user)
    limits.install(app, config)
    app.before_request(guard)
    app.before_request(refuse_nul)
    app.before_request(refuse_forged(CSRFProtect(app)))
    app.before_request(limits.count_writes)
    leaving.install(app)
    Talisman(
        app,
        force_https=False,  # a proxy's work: health checks inside the house come without TLS
        frame_options="DENY",
        strict_transport_security=config.secure_cookies,
        session_cookie_secure=config.secure_cookies,
        session_cookie_samesite="Lax",
        content_security_policy=policy.PLAIN,
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
    )
    app.after_request(_keep_out_of_caches)


def _keep_out_of_caches(response: Response) -> Response:
    if request.endpoint != "static" and not response.cache_control.max_age:  # what says how long is kept that long
        response.headers["Cache-Control"] = "no-store"
    return response
