"""A WebSocket server that sends every message back as it came. Prints its port, and serves until it is killed."""
import asyncio

import websockets


async def echo(connection, path=None):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.ConnectionClosed:
        pass


async def main():
    async with websockets.serve(
        echo,
        "127.0.0.1",
        0,
        max_size=None,
        ping_interval=None,
        close_timeout=10,
        subprotocols=["echo"],
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
