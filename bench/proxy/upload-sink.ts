// Reads every request to its end, then answers: a backend for uploads.

import { createServer } from "node:http";

const server = () =>
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    request.on("end", () => response.end("ok"));
  });
for (const port of process.argv.slice(2)) server().listen(Number(port), "127.0.0.1");
