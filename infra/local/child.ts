// Loaded before everything else into each process of the system (`node --import`), so that none can forget it: ends the
// process when the supervisor is gone, however that came about. A process started by hand has no channel and stays.
if (process.channel) {
  process.once('disconnect', () => process.exit(0))
  process.channel.unref()
}
