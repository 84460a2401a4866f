"""Changes a sign: python3 rest-publish.py lobby '{"message":"Hello"}'"""
import os, sys
import requests

url = os.environ.get('SIGNS_URL', 'http://127.0.0.1:9926')
user, password = os.environ.get('SIGNS_USER', ''), os.environ.get('SIGNS_PASSWORD', '')
sign, change = sys.argv[1:3] if len(sys.argv) > 2 else ('lobby', '{"message":"Hello"}')

try:
    answer = requests.patch(f'{url}/Sign/{sign}', change.encode(), headers={'Content-Type': 'application/json'},
                            auth=(user.encode(), password.encode()) if user else None, timeout=10)
except requests.RequestException as error:
    sys.exit(f'No answer from {url}: {error}\nStart the server, or set SIGNS_URL.')
if not answer.ok:
    hint = '\nSet SIGNS_USER and SIGNS_PASSWORD.' if answer.status_code == 401 else ''
    sys.exit(f'Refused: {answer.status_code} {answer.text}{hint}')
print(sign, 'has', change)
