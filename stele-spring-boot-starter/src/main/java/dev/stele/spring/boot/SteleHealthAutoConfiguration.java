package dev.stele.spring.boot;

import dev.stele.Stele;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the health of the memory, in applications with the actuator. */
@AutoConfiguration(after = SteleAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
public class SteleHealthAutoConfiguration {

    /** Returns the health indicator. */
    @Bean
    @ConditionalOnEnabledHealthIndicator("stele")
    @ConditionalOnBean(Stele.class)
    @ConditionalOnMissingBean(name = "steleHealthIndicator")
    public SteleHealthIndicator steleHealthIndicator(Stele stele) {
        return new SteleHealthIndicator(stele);
    }
}
