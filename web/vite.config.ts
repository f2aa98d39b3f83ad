import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// SENTE_API names the server that `npm run dev` passes API calls on to.
const api = process.env['SENTE_API'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', emptyOutDir: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
});
