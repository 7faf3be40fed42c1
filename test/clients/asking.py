"""Connects to each target with each client of Python's that is named, and prints as JSON what their exceptions say."""

import asyncio
import json
import logging
import sys

logging.disable(logging.CRITICAL)
WAIT = 3


def said(error):
    """An exception as a traceback prints it, and the one that caused it."""
    own = f"{type(error).__module__.removeprefix('builtins')}.{type(error).__name__}: {error}".lstrip(".")
    return [own] + (said(error.__cause__) if error.__cause__ else [])


async def with_websockets(url, protocols):
    import websockets

    async with websockets.connect(url, subprotocols=protocols or None, open_timeout=WAIT) as socket:
        await asyncio.wait_for(socket.recv(), WAIT)


async def with_aiohttp(url, protocols):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=protocols) as socket:
        await socket.receive(WAIT)
        if socket.exception():
            return [repr(socket.exception())]


async def with_tornado(url, protocols):
    from tornado.websocket import websocket_connect

    socket = await websocket_connect(url, subprotocols=protocols or None, connect_timeout=WAIT)
    await asyncio.wait_for(socket.read_message(), WAIT)


async def with_websocket_client(url, protocols):
    import websocket

    socket = websocket.create_connection(url, timeout=WAIT, subprotocols=protocols or None)
    while socket.recv_frame():
        pass


CLIENTS = {
    "websockets": with_websockets,
    "aiohttp": with_aiohttp,
    "Tornado": with_tornado,
    "websocket-client": with_websocket_client,
}


async def ask(client, url, protocols):
    try:
        return await CLIENTS[client](url, protocols) or []
    except Exception as error:
        return said(error)


targets = json.loads(sys.argv[1])
print(
    json.dumps(
        {
            client: {name: asyncio.run(ask(client, target["url"], target["protocols"])) for name, target in targets.items()}
            for client in sys.argv[2:]
        }
    )
)
