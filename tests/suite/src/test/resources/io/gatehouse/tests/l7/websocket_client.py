"""Speaks with an echo server at URL, many connections at once; prints `ok N` for N messages that came back as they went.

Arguments: the URL, a PEM file of its authority, connections, messages on each.
"""
import asyncio
import os
import random
import ssl
import sys

import websockets

url, authority, connections, messages = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
context = ssl.create_default_context(cafile=authority)


async def converse(number):
    chance = random.Random(number)
    done = 0
    async with websockets.connect(
        url, ssl=context, max_size=None, subprotocols=["echo"], compression="deflate" if number % 2 else None
    ) as connection:
        assert connection.subprotocol == "echo"
        for _ in range(messages):
            length = chance.choice([0, 1, 125, 126, 65535, 65536, 300000])
            message = os.urandom(length) if chance.random() < 0.5 else "\u00e9" * length
            fragments = chance.randint(1, 4)
            size = max(1, len(message) // fragments)
            if fragments > 1 and length:
                await connection.send([message[i : i + size] for i in range(0, len(message), size)])
            else:
                await connection.send(message)
            await (await connection.ping())
            assert await connection.recv() == message
            done += 1
        await connection.close(4000 + number, "done")
    assert connection.close_code == 4000 + number, connection.close_code
    return done


async def main():
    done = await asyncio.gather(*(converse(number) for number in range(connections)))
    print("ok", sum(done))


asyncio.run(main())
