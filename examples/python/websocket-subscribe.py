"""Prints the message of one sign, or of all signs, now and at each change: python3 websocket-subscribe.py [sign]"""
import base64, json, os, random, sys, time
import websocket

url = os.environ.get('SIGNS_URL', 'http://127.0.0.1:9926').replace('http', 'ws', 1)
user, password = os.environ.get('SIGNS_USER', ''), os.environ.get('SIGNS_PASSWORD', '')
login = ['Authorization: Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()] if user else []
address = f'{url}/Sign/{sys.argv[1] if len(sys.argv) > 1 else ""}'
delay = 1  # in seconds, until the next attempt

while True:
    try:
        # after 60 s of silence it is lost: the server sends a ping every 30 s, or more often
        socket = websocket.create_connection(address, header=login, timeout=60)
        while True:
            opcode, data = socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise ConnectionError(data[2:].decode() or 'the server closed the connection')
            delay, event = 1, json.loads(data)
            row = event.get('value')
            if 'id' in event:
                print(f'{event["id"]}: {row["message"]}' if row else f'{event["id"]} is removed', flush=True)
    except (OSError, websocket.WebSocketException) as error:
        print(f'Lost: {error}. Next attempt in {delay} s. Check SIGNS_URL, SIGNS_USER and SIGNS_PASSWORD.', file=sys.stderr)
    time.sleep(delay * random.uniform(0.5, 1.5))
    delay = min(delay * 2, 30)
