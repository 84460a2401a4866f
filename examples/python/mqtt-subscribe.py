"""Prints the message of one sign, or of all signs, now and at each change: python3 mqtt-subscribe.py [sign]"""
import json, os, sys, urllib.parse
import paho.mqtt.client as mqtt

url = urllib.parse.urlsplit(os.environ.get('SIGNS_MQTT_URL', 'mqtt://127.0.0.1:1883'))
user, password = os.environ.get('SIGNS_USER'), os.environ.get('SIGNS_PASSWORD')
check = 'Check SIGNS_MQTT_URL, SIGNS_USER and SIGNS_PASSWORD.'

def connected(client, _data, _flags, code, *_):
    if code != 0:
        print(f'Refused: {code}. {check}', file=sys.stderr)
    client.subscribe(f'Sign/{sys.argv[1] if len(sys.argv) > 1 else "+"}', 1)

def received(_client, _data, message):
    sign, row = message.topic[len('Sign/'):], json.loads(message.payload)
    print(f'{sign}: {row["message"]}' if row else f'{sign} is removed', flush=True)

client = mqtt.Client(protocol=mqtt.MQTTv5)
client.on_connect, client.on_message = connected, received
client.on_disconnect = lambda _client, _data, code, *_: print(f'Lost: {code}.', file=sys.stderr)
client.on_connect_fail = lambda *_: print(f'Cannot connect to {url.netloc}. {check}', file=sys.stderr)
client.reconnect_delay_set(1, 30)  # the next attempt follows after 1 s, then after 2 s, and so on up to 30 s
client.username_pw_set(user, password)
client.tls_set() if url.scheme == 'mqtts' else None
client.connect_async(url.hostname, url.port or {'mqtt': 1883, 'mqtts': 8883}[url.scheme], keepalive=30)
client.loop_forever(retry_first_connection=True)
