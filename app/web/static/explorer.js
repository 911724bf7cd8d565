// The explorer of the API. Changes that a session asks for carry its token; those with an API token need none.
"use strict";

const place = document.getElementById("explorer");
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

async function withToken(request) {
  const method = (request.method || "GET").toUpperCase();
  if (READS.has(method) || request.headers.Authorization) {
    return request;
  }
  const session = await fetch(place.dataset.session);
  if (session.ok) {
    request.headers["X-CSRFToken"] = (await session.json()).csrf_token;
  }
  return request;
}

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  requestInterceptor: withToken,
});
