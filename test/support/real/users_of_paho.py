"""What users of Python's paho 1.6 write. Prints one JSON object for each thing that happens."""

import json
import sys
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

habit, options = sys.argv[1], json.loads(sys.argv[2])
VERSION = {4: mqtt.MQTTv311, 5: mqtt.MQTTv5}[options["version"]]


def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def reason(code):
    return getattr(code, "value", code)


def client(client_id, clean=True):
    if VERSION == mqtt.MQTTv5:
        made = mqtt.Client(client_id, protocol=VERSION)
    else:
        made = mqtt.Client(client_id, clean_session=clean, protocol=VERSION)
    made.username_pw_set(options["username"], options["password"])
    made.on_connect = lambda c, u, flags, code, p=None: tell(
        "connected", code=reason(code), present=flags["session present"]
    )
    made.on_message = lambda c, u, m: tell(
        "message", topic=m.topic, retain=bool(m.retain), text=m.payload.decode()
    )
    made.on_subscribe = lambda c, u, mid, codes, p=None: tell("subscribed", codes=[reason(code) for code in codes])
    made.on_disconnect = lambda c, u, code, p=None: tell("disconnected", code=reason(code))
    return made


def connect(made, clean=True):
    keep = {}
    if VERSION == mqtt.MQTTv5:
        properties = Properties(PacketTypes.CONNECT)
        if not clean:
            properties.SessionExpiryInterval = 60
        keep = {"clean_start": clean, "properties": properties}
    made.connect(options["host"], options["port"], 60, **keep)


if habit == "subscribe first":
    made = client(options["id"])
    connect(made)
    made.subscribe(options["topic"], 1)
    made.loop_start()

elif habit == "publish and go":
    for n in range(options["count"]):
        made = client("%s-%d" % (options["id"], n))
        made.on_connect = made.on_disconnect = None
        connect(made)
        made.publish("%s-%d" % (options["topic"], n), '{"message":"gone"}', options["qos"])
        made.disconnect()
    tell("published")
    sys.exit()

elif habit == "stay":
    made = client(options["id"])
    connect(made)
    made.loop_start()
    time.sleep(2)
    tell("threads", alive=threading.active_count())

elif habit == "resume":
    made = client(options["id"], False)
    made.on_connect = lambda c, u, flags, code, p=None: (
        tell("connected", code=reason(code), present=flags["session present"]),
        # as many do: only a session that is new has to subscribe
        flags["session present"] or c.subscribe(options["topic"], 1),
    )
    connect(made, False)
    made.loop_start()

for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "disconnect":
        made.disconnect()
