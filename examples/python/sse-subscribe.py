"""Prints the message of one sign, or of all signs, now and at each change: python3 sse-subscribe.py [sign]"""
import json, os, random, sys, time
import requests

url = os.environ.get('SIGNS_URL', 'http://127.0.0.1:9926')
user, password = os.environ.get('SIGNS_USER', ''), os.environ.get('SIGNS_PASSWORD', '')
login = (user.encode(), password.encode()) if user else None
address = f'{url}/Sign/{sys.argv[1] if len(sys.argv) > 1 else ""}'
delay = 1  # in seconds, until the next attempt

while True:
    try:
        # after 60 s of silence it is lost: the server sends a heartbeat every 30 s, or more often
        with requests.get(address, headers={'Accept': 'text/event-stream'}, auth=login, stream=True, timeout=60) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                delay = 1
                if line.startswith(b'data: {'):
                    event = json.loads(line[6:])
                    row = event.get('value')
                    print(f'{event["id"]}: {row["message"]}' if row else f'{event["id"]} is removed', flush=True)
            raise requests.ConnectionError('the server ended the stream')
    except requests.RequestException as error:
        print(f'Lost: {error}. Next attempt in {delay} s. Check SIGNS_URL, SIGNS_USER and SIGNS_PASSWORD.', file=sys.stderr)
    time.sleep(delay * random.uniform(0.5, 1.5))
    delay = min(delay * 2, 30)
