import { startWebApp } from "./app.ts";

startWebApp({ port: 80 });
