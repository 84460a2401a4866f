#!/usr/bin/env bash
# Changes a sign: bash rest-publish.sh lobby '{"message":"Hello"}'
url=${SIGNS_URL:-http://127.0.0.1:9926}
sign=${1:-lobby}
change=${2:-'{"message":"Hello"}'}

answer=$(curl -sS --max-time 10 ${SIGNS_USER:+-u "$SIGNS_USER:$SIGNS_PASSWORD"} \
	-X PATCH -H 'Content-Type: application/json' -d "$change" -w ' %{http_code}' "$url/Sign/$sign" 2>&1)
case $answer in
*' 204') echo "$sign has $change" && exit ;;
*' 401') echo "Refused: $answer. Set SIGNS_USER and SIGNS_PASSWORD." >&2 ;;
*' 000'*) echo "No answer from $url: $answer. Start the server, or set SIGNS_URL." >&2 ;;
*) echo "Refused: $answer" >&2 ;;
esac
exit 1
