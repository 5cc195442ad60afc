/**
 * Runs the program that the first argument names. The test process holds the other end of stdin, so
 * the program ends with it, however it ends.
 */
const end = () => process.kill(process.pid, "SIGKILL");
process.stdin.on("close", end).on("error", end).resume();
await import(new URL(`../../${process.argv[2]}.ts`, import.meta.url).href);
