// Builds the page into static files for nginx (hashed under /assets), and serves it with hot reload while developing.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
      // React has it itself since 18: no stand-in is loaded
      'use-sync-external-store/shim/with-selector.js': 'use-sync-external-store/with-selector.js',
    },
  },
  build: {
    outDir: process.env.STEPMILL_PAGE_DIR ?? '../build/page',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // light-dark() and container queries are used as they are, so nothing older is aimed at
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // the policy is script-src 'self': nothing may be inlined as data:
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page stands on is one file, and what the shell adds is another: together they weigh 8 KB less, gzipped, than as the
        // thirty small files that they would be by themselves. Each takes along what it imports; pages and dialogs stay files of their own.
        codeSplitting: {
          groups: [
            {
              name: 'page',
              test: /[\\/]node_modules[\\/](@tanstack|react|react-dom)[\\/](?!.*(?:[iI]nfinite|[qQ]ueries))|src[\\/]app[\\/](router|version)\.tsx?$/,
              priority: 2,
            },
            { name: 'shell', test: /src[\\/]app[\\/]shell[\\/]Shell\.tsx$/, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: process.env.STEPMILL_URL ?? 'http://127.0.0.1:8080', changeOrigin: false } },
  },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'] },
});
