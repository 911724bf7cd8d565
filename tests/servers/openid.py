"""An OpenID provider of the tests' own: discovery, keys of RS256, and codes, by the provider's parts of Authlib."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.grants.util import generate_id_token
from flask import Flask, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from joserfc.jwk import RSAKey


@dataclass
class Provider:
    """Somebody is signed in there already; `claims` are what it says of them, and win over what is right.

    `key` signs; what it publishes is `published`. `named` is what it calls itself.
    """

    url: str
    client_id: str = "dams"
    client_secret: str = "a secret of the provider"
    claims: dict[str, Any] = field(default_factory=dict)
    named: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: RSAKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        """Return the provider as an application."""
        app = Flask("openid provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/keys", view_func=self.keys)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        return app

    def discovery(self) -> ResponseReturnValue:
        """Say where what is."""
        return jsonify(
            issuer=self.named or self.url,
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/keys",
            id_token_signing_alg_values_supported=["RS256", "none"],
            response_types_supported=["code"],
            subject_types_supported=["public"],
        )

    def keys(self) -> ResponseReturnValue:
        """Publish what signatures are checked with."""
        return jsonify(keys=[(self.published or self.key).as_dict(private=False)])

    def authorize(self) -> ResponseReturnValue:
        """Send the browser back with a code, as who is signed in."""
        self.asked.append(request.args.to_dict())
        code = f"code-{len(self.asked)}"
        self.codes[code] = request.args.to_dict()
        return redirect(f"{request.args['redirect_uri']}?{urlencode({'code': code, 'state': request.args['state']})}")

    def token(self) -> ResponseReturnValue:
        """Exchange a code, once, for who comes with the secret and the verifier."""
        given = request.authorization
        asked = self.codes.pop(request.form["code"], None)
        if asked is None or given is None or (given.username, given.password) != (self.client_id, self.client_secret):
            abort(401)
        if create_s256_code_challenge(request.form["code_verifier"]) != asked["code_challenge"]:
            abort(400)
        token = {"access_token": "of no use here", "token_type": "Bearer", "expires_in": 60}
        said = {"sub": "somebody", "nonce": asked["nonce"], "exp": int(time.time()) + 600, **self.claims}
        token["id_token"] = generate_id_token(token, said, self.key, self.url, self.client_id, kid="one")
        return jsonify(token)
