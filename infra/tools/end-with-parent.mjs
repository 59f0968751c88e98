// Ends this process when the one that started it is gone, however that one ended: nobody would be left to stop it.
const parent = process.ppid

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 500).unref()
