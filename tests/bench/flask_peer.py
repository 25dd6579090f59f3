"""The peer of the claim benchmark: a bare Flask endpoint with the same three statements."""

import os
import uuid

import psycopg2
import psycopg2.pool
from flask import Flask, request
from flask.typing import ResponseReturnValue

app = Flask(__name__)
pool = psycopg2.pool.ThreadedConnectionPool(1, 20, os.environ["PEER_DATABASE_URL"])


@app.post("/api/v1/claims")
def claim() -> ResponseReturnValue:
    """Take one place: the conditional update, the claim, the outbox row."""
    wish = request.get_json()["wish_id"]
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE peer.offer SET taken = taken + 1, version = version + 1"
                " WHERE id = %s AND state = 'open' AND taken < places",
                (wish,),
            )
            if not cursor.rowcount:
                return {"error": "no place left"}, 409
            cursor.execute(
                "INSERT INTO peer.claim"
                " (id, offer_id, member_id, claimant_id, area_path, state, claimed_at, undo_until, due_on)"
                " SELECT %s, %s, member, member, '/city/', 'held', now(), now(), now()::date"
                " FROM gen_random_uuid() AS member",
                (str(uuid.uuid4()), wish),
            )
            cursor.execute(
                "INSERT INTO peer.outbox (event_id, name, body, occurred_at)"
                " VALUES (gen_random_uuid(), 'wishes_claimed.v1', repeat('x', 600), now())"
            )
    finally:
        pool.putconn(connection)
    return {"ok": True}, 201
