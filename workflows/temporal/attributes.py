"""The search attributes of instances, where the server has them: by these its own pages and commands find instances.

They have to be known to a namespace before they are used. Workers make them; a server that keeps this to its
administrators, as Temporal Cloud does, is told once what to make there, and works without them until then.
"""

import logging
import time
from dataclasses import dataclass

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.temporal.names import ATTRIBUTES

_log = logging.getLogger(__name__)

_KINDS = (
    IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    IndexedValueType.INDEXED_VALUE_TYPE_INT,
    IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
)
_ASK_AGAIN_SECONDS = 60.0


@dataclass(slots=True)
class Attributes:
    """Whether a server knows them, which it is asked now and then until it does."""

    _known: bool = False
    _asked: float = float("-inf")

    async def known(self, client: Client) -> bool:
        """Return whether instances may have them."""
        if not self._known and time.monotonic() - self._asked > _ASK_AGAIN_SECONDS:
            self._known = await _are_known(client)
            self._asked = time.monotonic()
        return self._known

    async def make(self, client: Client) -> None:
        """Let the server know them; what it refuses is reported."""
        if await self.known(client):
            return
        kinds = dict(zip(ATTRIBUTES, _KINDS, strict=True))
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            _log.warning("The namespace %s lacks search attributes (%s): %s", client.namespace, kinds, error)
        self._asked = float("-inf")


async def _are_known(client: Client) -> bool:
    try:
        request = ListSearchAttributesRequest(namespace=client.namespace)
        found = await client.operator_service.list_search_attributes(request)
    except RPCError:  # a server without them, or one that keeps them to itself
        return False
    return all(name in found.custom_attributes for name in ATTRIBUTES)
