"""Changes a sign: python3 mqtt-publish.py lobby '{"message":"Hello"}'"""
import json, os, sys, threading, urllib.parse
import paho.mqtt.client as mqtt

url = urllib.parse.urlsplit(os.environ.get('SIGNS_MQTT_URL', 'mqtt://127.0.0.1:1883'))
user, password = os.environ.get('SIGNS_USER'), os.environ.get('SIGNS_PASSWORD')
sign, change = sys.argv[1:3] if len(sys.argv) > 2 else ('lobby', '{"message":"Hello"}')

def connected(client, _data, _flags, code, *_):
    if code != 0: sys.exit(f'Refused: {code}. Set SIGNS_USER and SIGNS_PASSWORD.')
    client.subscribe(f'Rejection/{user or "admin"}', 1)

def received(_client, _data, message):
    if not message.retain:  # with RETAIN it is an earlier refusal
        sys.exit(f'Refused: {json.loads(message.payload)["error"]}')

client = mqtt.Client(protocol=mqtt.MQTTv5)
client.on_connect, client.on_message = connected, received
client.on_subscribe = lambda *_: client.publish(f'Sign/{sign}', change, 1)
client.on_publish = lambda *_: threading.Timer(1, client.disconnect).start()  # a refusal comes with the acknowledgement
client.on_disconnect = lambda _client, _data, code, *_: code != 0 and sys.exit(f'Lost: {code}. Try again.')
client.username_pw_set(user, password)
client.tls_set() if url.scheme == 'mqtts' else None
try:
    client.connect(url.hostname, url.port or {'mqtt': 1883, 'mqtts': 8883}[url.scheme])
except OSError as error:
    sys.exit(f'Cannot connect to {url.netloc}: {error}. Start the server, or set SIGNS_MQTT_URL.')
client.loop_forever()
print(sign, 'has', change)
