// Preloaded into the gateway's process by the demo: if the demo itself is killed, the gateway ends too, so that
// the next demo on the same folder does not meet an orphan. The gateway's own code knows nothing of it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
