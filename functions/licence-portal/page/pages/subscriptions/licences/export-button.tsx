import { Button } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { seatState } from './seat-state.ts'
import { seatsCsv } from './seats-csv.ts'

/** Gives all licences as a file. It is made here, of what has been read; what is missing is waited for. */
export function ExportButton({ seats, isComplete }: { seats: readonly Seat[]; isComplete: boolean }) {
  const { say } = useLanguage()
  const [isWanted, setWanted] = useState(false)
  useEffect(() => {
    if (!isWanted || !isComplete) return
    setWanted(false)
    const text = seatsCsv(seats, {
      heading: (column) => say(`csv.${column}`),
      state: (seat) => say(`csv.${seatState(seat).state}`),
      yes: say('csv.yes'),
      no: say('csv.no'),
    })
    download(text, say('csv.file', { day: new Date().toISOString().slice(0, 10) }))
  }, [isWanted, isComplete, seats, say])
  return (
    <Button onClick={() => setWanted(true)} disabledFocusable={isWanted}>
      {say(isWanted ? 'csv.waiting' : 'csv.act')}
    </Button>
  )
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  // The browser has to have begun with it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
