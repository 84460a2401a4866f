"""Opens a WebSocket with the library websocket-client, and prints a line for each ping. Ends when the server closes it."""
import sys
import websocket

url, authorization = sys.argv[1:]
websocket.WebSocketApp(
    url,
    header={"Authorization": authorization},
    on_open=lambda _socket: print("open", flush=True),
    on_ping=lambda _socket, _payload: print("ping", flush=True),
).run_forever()
