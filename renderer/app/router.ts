import { createRouter, createWebHashHistory, type Router, type RouterHistory } from 'vue-router'
import { pages } from './rooms.ts'

/** The page of each room, loaded when it is first opened. */
const components: Record<string, () => Promise<unknown>> = {
  home: () => import('../rooms/home/HomePage.vue'),
  targets: () => import('../rooms/targets/TargetsPage.vue'),
  settings: () => import('../rooms/settings/SettingsPage.vue'),
  dataset: () => import('../rooms/dataset/DatasetPage.vue'),
  statistics: () => import('../rooms/statistics/StatisticsPage.vue'),
  validation: () => import('../rooms/validation/ValidationPage.vue'),
  transform: () => import('../rooms/transform/TransformPage.vue'),
  training: () => import('../rooms/training/TrainingPage.vue'),
  evaluation: () => import('../rooms/evaluation/EvaluationPage.vue'),
  optimization: () => import('../rooms/optimization/OptimizationPage.vue'),
  registry: () => import('../rooms/registry/RegistryPage.vue'),
  publishing: () => import('../rooms/publishing/PublishingPage.vue'),
  feedback: () => import('../rooms/feedback/FeedbackPage.vue'),
}

/** Addresses of the window's pages. They stand behind the hash, so that a shell has one file to serve. */
export const createPages = (history: RouterHistory = createWebHashHistory()): Router =>
  createRouter({
    history,
    routes: [
      ...pages.map(({ name, path }) => ({
        name,
        path: name === 'home' ? path : `${path}/:id?`,
        component: components[name] as () => Promise<never>,
      })),
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
