import type { Anomalies, CustomValidationConfig } from '../../../metadata/index.ts'
export function addCustomAnomalies(_a: Anomalies, _c: CustomValidationConfig, _v: unknown): void {}
