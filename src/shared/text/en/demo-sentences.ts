// What `demo` says while it runs, in English. A part of sentences.ts.

export const demoSentences = {
  'demo-nodes': 'Two simulated nodes behind {{url}}, {{rate}} requests a second.',
  'demo-killed': '       {{node}} is killed: connections break, new ones are refused.',
  'demo-revived': '       {{node}} is back; its breaker lets it in again after a few probes.',
  'demo-second': '{{second}} s  answered by {{answers}} · client failures so far {{failed}}',
  'demo-second-moved':
    '{{second}} s  answered by {{answers}} · {{moved}} failed over inside the request · client failures so far {{failed}}',
  'demo-second-nobody': '{{second}} s  answered by nobody · client failures so far {{failed}}',
  'demo-resent': 'Answers cut after their first words, which the tool sent again by itself: {{resent}}',
  'demo-figures': '{{requests}} requests · {{failures}} failures the client saw · {{failedAttempts}} attempts failed',
  'demo-figures-latency':
    '{{requests}} requests · {{failures}} failures the client saw · {{failedAttempts}} attempts failed · added latency of a failover p50 {{p50Ms}} ms, p99 {{p99Ms}} ms',
} as const satisfies Readonly<Record<string, string>>
