"""Peers of an HTTP server that vanish: from then on the kernel drops everything that comes for them, and acknowledges nothing.

Each line of the input is a request as JSON: {"name", "isTls", "head", "until", "last"}, with bytes in hexadecimal. When "until" has come,
"last" is sent, and the peer vanishes after the next bytes. Prints {"name", "port"} for each; ends with its input.
"""
import ctypes, json, socket, ssl, struct, sys

SO_ATTACH_FILTER = 26
RETURN_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF: accept 0 bytes of each packet


def receive(peer, expected):
    received = b""
    while expected not in received:
        part = peer.recv(65536)
        assert part, f"closed after {received!r}"
        received += part


port, tls_port = map(int, sys.argv[1:])
tls = ssl._create_unverified_context()
peers = []
for line in sys.stdin:
    request = json.loads(line)
    peer = socket.create_connection(("127.0.0.1", tls_port if request["isTls"] else port))
    peer.settimeout(10)
    if request["isTls"]:
        peer = tls.wrap_socket(peer)
    peer.sendall(bytes.fromhex(request["head"]))
    receive(peer, bytes.fromhex(request["until"]))
    if request["last"]:
        peer.sendall(bytes.fromhex(request["last"]))
        peer.recv(65536)
    peer.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(RETURN_NOTHING)))
    peers.append(peer)
    print(json.dumps({"name": request["name"], "port": peer.getsockname()[1]}), flush=True)
