import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** The page: built for the oldest Chromium that shows it, with relative addresses, so that any shell can serve it. */
export default defineConfig({
  root: fileURLToPath(new URL('renderer', import.meta.url)),
  base: './',
  plugins: [vue(), tailwind()],
  css: { transformer: 'lightningcss', lightningcss: { targets: { chrome: 108 << 16 } } },
  build: {
    target: 'chrome108',
    cssMinify: 'lightningcss',
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    chunkSizeWarningLimit: 900,
    // a font or picture inside the style sheet would need a wider content policy
    assetsInlineLimit: 0,
  },
})
