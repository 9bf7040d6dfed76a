import fc from 'fast-check'

// The same cases each time, so that what fails can be run again and what passed passes again. A seed of one's own looks
// further: EDGEWRIGHT_SEED=7 npm test.
fc.configureGlobal({ seed: Number(process.env.EDGEWRIGHT_SEED ?? 20_261_121) })
