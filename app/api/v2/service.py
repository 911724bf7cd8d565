"""Which service this is, and who asks."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.api.camunda.marks import asks
from app.api.v2.shapes import TENANT
from app.web.identity import the_user

VERSION = "8.8.0"
"""The version of Camunda 8 whose REST this is; clients compare it with what they know."""

blueprint = Blueprint("v2_service", __name__, url_prefix="/v2")


@blueprint.get("/topology")
@asks
def topology() -> ResponseReturnValue:
    """Tell the version, and that all is well with the one broker."""
    host, _, port = request.host.partition(":")
    partition = {"partitionId": 1, "role": "leader", "health": "healthy"}
    number = int(port) if port.isdigit() else 80
    broker = {"nodeId": 0, "host": host, "port": number, "version": VERSION, "partitions": [partition]}
    return jsonify(
        brokers=[broker],
        clusterSize=1,
        partitionsCount=1,
        replicationFactor=1,
        gatewayVersion=VERSION,
        lastCompletedChangeId=None,
    )


@blueprint.get("/authentication/me")
@asks
def me() -> ResponseReturnValue:
    """Say who asks."""
    user = the_user()
    return jsonify(
        userId=user.id,
        username=user.username,
        displayName=user.name,
        email=None,
        authorizedComponents=["*"],
        tenants=[{"tenantId": TENANT, "name": "Default", "description": None}],
        groups=[],
        roles=["admin"],
        salesPlanType=None,
        c8Links={},
        canLogout=True,
    )
