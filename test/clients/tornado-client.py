"""Says what standard input says to the WebSocket whose URL it is given, line by line, and prints what comes back."""

import asyncio
import sys

from tornado.websocket import websocket_connect


async def main() -> None:
    connection = await websocket_connect(sys.argv[1], compression_options={})
    for line in sys.stdin.read().splitlines():
        await connection.write_message(line)
        answer = await connection.read_message()
        print("closed %s" % connection.close_code if answer is None else answer, flush=True)
        if answer is None:
            return
    connection.close(4000)


asyncio.run(main())
