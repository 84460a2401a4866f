/** Answers every request with 204 when it has read the body, and does nothing else. */
import { createServer } from 'node:http';

createServer((request, response) => {
	request.resume().on('end', () => response.writeHead(204).end());
}).listen(Number(process.env.PORT), '127.0.0.1');
