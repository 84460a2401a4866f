"""Changes a sign: python3 websocket-publish.py lobby '{"message":"Hello"}'"""
import base64, json, os, sys
import websocket

url = os.environ.get('SIGNS_URL', 'http://127.0.0.1:9926').replace('http', 'ws', 1)
user, password = os.environ.get('SIGNS_USER', ''), os.environ.get('SIGNS_PASSWORD', '')
sign, change = sys.argv[1:3] if len(sys.argv) > 2 else ('lobby', '{"message":"Hello"}')
login = ['Authorization: Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()] if user else []

try:
    socket = websocket.create_connection(f'{url}/Sign/{sign}', header=login, timeout=10)
    socket.send(change)
    while True:
        opcode, data = socket.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            sys.exit(f'Closed: {data[2:].decode()}. Set SIGNS_USER and SIGNS_PASSWORD.')
        event = json.loads(data)
        if event['type'] == 'error':
            sys.exit(f'Refused: {event["message"]}')
        # A change that is accepted has no answer of its own: it comes as an event, like the changes of others.
        if event.get('value') and json.loads(change).items() <= event['value'].items():
            break
except (OSError, websocket.WebSocketException) as error:
    sys.exit(f'No answer from {url}: {error}\nStart the server, or set SIGNS_URL.')
print(sign, 'has', change)
